/*
 * Headers as handlers set them: see header.h.
 */
#include "enroute/header.h"

#include <strings.h>

#include "base/arena.h"

bool mn_header_name_equal(minos_view a, minos_view b)
{
    return a.size == b.size && (a.size == 0 || strncasecmp(a.data, b.data, a.size) == 0);
}

/* tchar of RFC 9110 §5.6.2. */
static bool is_token_char(unsigned char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c != '\0' && strchr("!#$%&'*+-.^_`|~", c) != NULL);
}

minos_rc mn_header_check(const char *name, const char *value)
{
    if (name == NULL || name[0] == '\0')
        return minos_fail(MINOS_EINVAL, "name: a header needs one");
    if (value == NULL)
        return minos_fail(MINOS_EINVAL, "value: header \"%s\" needs one", name);
    for (const char *at = name; *at != '\0'; at++)
        if (!is_token_char((unsigned char)*at))
            return minos_fail(MINOS_EINVAL,
                              "name: byte 0x%02x at %zu is not allowed in a header name",
                              (unsigned)(unsigned char)*at, (size_t)(at - name));
    for (const char *at = value; *at != '\0'; at++) {
        unsigned char c = (unsigned char)*at;
        if ((c < 0x20 && c != '\t') || c == 0x7f)
            return minos_fail(MINOS_EINVAL,
                              "value: byte 0x%02x at %zu is not allowed in header \"%s\"",
                              (unsigned)c, (size_t)(at - value), name);
    }
    return MINOS_OK;
}

minos_rc mn_header_put(mn_header **list, minos_arena *arena, minos_view name, minos_view value)
{
    minos_view copy = mn_arena_try_dup(arena, value);

    if (copy.data == NULL)
        return minos_fail(MINOS_ENOMEM, "header \"%.*s\" passes the limit of the request's arena",
                          (int)name.size, name.data);
    for (; *list != NULL; list = &(*list)->next)
        if (mn_header_name_equal((*list)->name, name))
            break;
    if (*list == NULL) {
        *list = mn_arena_make(arena, mn_header);
        (*list)->name = minos_arena_dup(arena, name);
    }
    (*list)->value = copy;
    return MINOS_OK;
}

const mn_header *mn_header_find(const mn_header *list, minos_view name)
{
    for (; list != NULL; list = list->next)
        if (mn_header_name_equal(list->name, name))
            return list;
    return NULL;
}

const minos_value *mn_header_map(minos_arena *arena, const minos_value *base, const mn_header *list)
{
    size_t room = minos_value_count(base), count = 0;
    minos_value *map = mn_arena_make(arena, minos_value);
    minos_pair *pairs;

    for (const mn_header *header = list; header != NULL; header = header->next)
        room++;
    pairs = mn_arena_array(arena, minos_pair, room == 0 ? 1 : room);
    for (size_t i = 0; i < minos_value_count(base); i++) {
        const minos_pair *pair = minos_value_pair(base, i);
        if (mn_header_find(list, pair->key) == NULL)
            pairs[count++] = *pair;
    }
    for (const mn_header *header = list; header != NULL; header = header->next) {
        pairs[count].key = header->name;
        pairs[count++].value = minos_value_text_view(header->value);
    }
    map->type = MINOS_TYPE_MAP;
    map->size = (uint32_t)count;
    map->as.named.pairs = pairs;
    return map;
}
