/*
 * Nodes of a YAML tree: making, finding, and what a scalar means by YAML 1.2's core schema (§10.3).
 */
#include "config/yaml.h"

#include <string.h>

#include "base/arena.h"
#include "config/scalar.h"

mn_yaml *mn_yaml_scalar(minos_arena *arena, minos_view text, bool quoted, mn_origin at)
{
    mn_yaml *node = mn_arena_make(arena, mn_yaml);
    char *copy = mn_arena_raw(arena, text.size + 1);

    if (text.size != 0)
        memcpy(copy, text.data, text.size);
    copy[text.size] = '\0';
    *node = (mn_yaml){.kind = MN_YAML_SCALAR,
                      .quoted = quoted,
                      .at = at,
                      .weight = 1,
                      .bytes = text.size,
                      .text = minos_view_make(copy, text.size)};
    return node;
}

mn_yaml *mn_yaml_map(minos_arena *arena, mn_origin at)
{
    mn_yaml *node = mn_arena_make(arena, mn_yaml);
    *node = (mn_yaml){.kind = MN_YAML_MAP, .at = at, .weight = 1};
    return node;
}

mn_yaml *mn_yaml_list(minos_arena *arena, mn_origin at)
{
    mn_yaml *node = mn_arena_make(arena, mn_yaml);
    *node = (mn_yaml){.kind = MN_YAML_LIST, .at = at, .weight = 1};
    return node;
}

void mn_yaml_append(minos_arena *arena, mn_yaml *list, mn_yaml *item)
{
    if ((list->count & (list->count - 1)) == 0) { /* full at each power of two */
        mn_yaml **grown = mn_arena_array(arena, mn_yaml *, list->count == 0 ? 1 : list->count * 2);
        if (list->count != 0)
            memcpy(grown, list->items, list->count * sizeof(*grown));
        list->items = grown;
    }
    list->items[list->count++] = item;
    list->weight += item->weight;
    list->bytes += item->bytes;
}

mn_yaml *mn_yaml_split(minos_arena *arena, const char *text, bool quoted, mn_origin at)
{
    mn_yaml *list = mn_yaml_list(arena, at);
    while (*text != '\0') {
        size_t size = strcspn(text, ",");
        minos_view item = minos_view_make(text, size);
        for (; item.size > 0 && item.data[0] == ' '; item.size--)
            item.data++;
        while (item.size > 0 && item.data[item.size - 1] == ' ')
            item.size--;
        mn_yaml_append(arena, list, mn_yaml_scalar(arena, item, quoted, at));
        text += size + (text[size] == ',');
    }
    return list;
}

void mn_yaml_make_room(minos_arena *arena, mn_yaml *map)
{
    mn_yaml_entry *grown;

    if ((map->count & (map->count - 1)) != 0)
        return; /* full at each power of two */
    grown = mn_arena_array(arena, mn_yaml_entry, map->count == 0 ? 1 : map->count * 2);
    if (map->count != 0)
        memcpy(grown, map->entries, map->count * sizeof *grown);
    map->entries = grown;
}

mn_yaml *mn_yaml_renamed(minos_arena *arena, const mn_yaml *node, const char *written)
{
    mn_yaml *copy = mn_arena_make(arena, mn_yaml);
    size_t room = 1;

    *copy = *node;
    copy->written = written;
    if (node->kind == MN_YAML_MAP && node->count > 0) {
        while (room < node->count)
            room *= 2;
        copy->entries = mn_arena_array(arena, mn_yaml_entry, room);
        memcpy(copy->entries, node->entries, node->count * sizeof *copy->entries);
    }
    return copy;
}

void mn_yaml_put(minos_arena *arena, mn_yaml *map, minos_view key, mn_origin at, mn_yaml *value)
{
    mn_yaml_entry *entry = mn_yaml_find(map, key);
    if (entry == NULL) {
        mn_yaml_make_room(arena, map);
        entry = &map->entries[map->count++];
        entry->key = mn_arena_try_dup(arena, key);
    }
    entry->at = at;
    entry->value = value;
    map->weight += value->weight;
    map->bytes += key.size + value->bytes;
}

mn_yaml *mn_yaml_copy(minos_arena *arena, const mn_yaml *node)
{
    mn_yaml *copy = mn_arena_make(arena, mn_yaml);
    *copy = *node;
    if (node->kind == MN_YAML_LIST && node->count != 0) {
        copy->items = mn_arena_array(arena, mn_yaml *, node->count);
        for (size_t i = 0; i < node->count; i++)
            copy->items[i] = mn_yaml_copy(arena, node->items[i]);
    } else if (node->kind == MN_YAML_MAP && node->count != 0) {
        copy = mn_yaml_renamed(arena, node, node->written);
        for (size_t i = 0; i < node->count; i++) {
            copy->entries[i] = node->entries[i];
            copy->entries[i].value = mn_yaml_copy(arena, node->entries[i].value);
        }
    }
    return copy;
}

mn_yaml_entry *mn_yaml_find(const mn_yaml *map, minos_view key)
{
    if (map->kind == MN_YAML_MAP)
        for (size_t i = 0; i < map->count; i++)
            if (minos_view_equal(map->entries[i].key, key))
                return &map->entries[i];
    return NULL;
}

mn_yaml *mn_yaml_at(mn_yaml *node, const char *path)
{
    while (node != NULL && *path != '\0') {
        size_t size = strcspn(path, ".");
        mn_yaml_entry *entry = mn_yaml_find(node, minos_view_make(path, size));
        node = entry == NULL ? NULL : entry->value;
        path += size + (path[size] == '.');
    }
    return node;
}

static bool is_one_of(minos_view text, const char *const *words)
{
    for (; *words != NULL; words++)
        if (minos_view_is(text, *words))
            return true;
    return false;
}

minos_value mn_yaml_resolve(const mn_yaml *scalar)
{
    static const char *const nulls[] = {"", "~", "null", "Null", "NULL", NULL};
    static const char *const trues[] = {"true", "True", "TRUE", NULL};
    static const char *const falses[] = {"false", "False", "FALSE", NULL};
    int64_t integer;
    double number;

    if (scalar->quoted)
        return minos_value_string(scalar->text);
    if (is_one_of(scalar->text, nulls))
        return minos_value_null();
    if (is_one_of(scalar->text, trues))
        return minos_value_bool(true);
    if (is_one_of(scalar->text, falses))
        return minos_value_bool(false);
    if (mn_scalar_int(scalar->text, &integer))
        return minos_value_int(integer);
    if (mn_scalar_double(scalar->text, &number))
        return minos_value_double(number);
    return minos_value_string(scalar->text);
}

minos_value mn_yaml_value(minos_arena *arena, const mn_yaml *node)
{
    minos_value value = {.size = (uint32_t)node->count};

    if (node->kind == MN_YAML_SCALAR)
        return mn_yaml_resolve(node);
    if (node->kind == MN_YAML_LIST) {
        minos_value *items = mn_arena_array(arena, minos_value, node->count);
        for (size_t i = 0; i < node->count; i++)
            items[i] = mn_yaml_value(arena, node->items[i]);
        value.type = MINOS_TYPE_LIST;
        value.as.items = items;
    } else {
        minos_pair *pairs = mn_arena_array(arena, minos_pair, node->count);
        for (size_t i = 0; i < node->count; i++) {
            pairs[i].key = node->entries[i].key;
            pairs[i].value = mn_yaml_value(arena, node->entries[i].value);
        }
        value.type = MINOS_TYPE_MAP;
        value.as.named.pairs = pairs;
    }
    return value;
}

const char *mn_yaml_noun(const mn_yaml *node)
{
    if (node->kind == MN_YAML_MAP)
        return "a map";
    if (node->kind == MN_YAML_LIST)
        return "a list";
    switch (mn_yaml_resolve(node).type) {
    case MINOS_TYPE_NULL:
        return "empty";
    case MINOS_TYPE_BOOL:
        return "a boolean";
    case MINOS_TYPE_INT:
        return "an integer";
    case MINOS_TYPE_DOUBLE:
        return "a number";
    default:
        return "a string";
    }
}
