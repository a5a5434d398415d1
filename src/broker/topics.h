/*
 * Lists of topics as subscribers and queues keep them: sorted, each once, NULL-terminated, in one
 * block.
 */
#ifndef MN_BROKER_TOPICS_H
#define MN_BROKER_TOPICS_H

#include <stdbool.h>
#include <stddef.h>

#include <minos/error.h>

/* Copy, check and sort; free() the result. EINVAL: none, too many, or what is no topic. */
minos_rc mn_topics_copy(const char *const *topics, const char ***ret_topics);
/* Copy as they are, unchecked; free() the result. NULL gives NULL. */
const char **mn_topics_dup(const char *const *topics);
size_t mn_topics_count(const char *const *topics);
bool mn_topics_have(const char *const *topics, const char *topic);
bool mn_topics_equal(const char *const *a, const char *const *b);

#endif
