/*
 * Lists of topics: see topics.h.
 */
#include "broker/topics.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "broker/hub.h"

static int compare_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static size_t drop_repeated(const char **topics, size_t count)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++)
        if (kept == 0 || strcmp(topics[kept - 1], topics[i]) != 0)
            topics[kept++] = topics[i];
    return kept;
}

const char **mn_topics_dup(const char *const *topics)
{
    size_t count = 0, bytes = 0;
    const char **copy;
    char *names;

    if (topics == NULL)
        return NULL;
    for (; topics[count] != NULL; count++)
        bytes += strlen(topics[count]) + 1;
    copy = mn_alloc((count + 1) * sizeof *copy + bytes);
    names = (char *)(copy + count + 1);
    for (size_t i = 0; i < count; i++) {
        size_t size = strlen(topics[i]) + 1;
        copy[i] = memcpy(names, topics[i], size);
        names += size;
    }
    return copy;
}

minos_rc mn_topics_copy(const char *const *topics, const char ***ret_topics)
{
    size_t count = 0;
    const char **copy;

    for (; topics[count] != NULL; count++) {
        if (count == MN_SUBSCRIBE_MAX)
            return minos_fail(MINOS_EINVAL, "more than %d topics", MN_SUBSCRIBE_MAX);
        MINOS_TRY(mn_topic_check(topics[count], "a topic to subscribe to"));
    }
    if (count == 0)
        return minos_fail(MINOS_EINVAL, "no topics to subscribe to");
    copy = mn_topics_dup(topics);
    qsort(copy, count, sizeof *copy, compare_text);
    copy[drop_repeated(copy, count)] = NULL;
    *ret_topics = copy;
    return MINOS_OK;
}

size_t mn_topics_count(const char *const *topics)
{
    size_t count = 0;
    while (topics[count] != NULL)
        count++;
    return count;
}

bool mn_topics_have(const char *const *topics, const char *topic)
{
    for (; *topics != NULL; topics++)
        if (strcmp(*topics, topic) == 0)
            return true;
    return false;
}

bool mn_topics_equal(const char *const *a, const char *const *b)
{
    for (; *a != NULL && *b != NULL; a++, b++)
        if (strcmp(*a, *b) != 0)
            return false;
    return *a == *b; /* both at their ends */
}
