/*
 * YAML through libyaml's events: see yaml.h.
 */
#include "config/yaml.h"

#include <stdlib.h>
#include <string.h>

#include <yaml.h>

#include "base/arena.h"

#define CORE_TAG "tag:yaml.org,2002:"

typedef struct anchor {
    char *name;
    mn_yaml *node; /* NULL while it is being read */
} anchor;

typedef struct reader {
    minos_arena *arena;
    mn_config_faults *faults;
    const char *name;
    yaml_parser_t parser;
    yaml_event_t event; /* the current one, owned */
    bool broken;        /* no use reading on; a fault was raised */
    int depth;
    size_t weight; /* so far, of all that was read, aliases unfolded */
    size_t bytes;
    anchor anchors[MN_YAML_ANCHORS_MAX];
    size_t anchor_count;
} reader;

static mn_yaml *read_node(reader *r);

static mn_origin place_of(const reader *r, yaml_mark_t mark)
{
    return (mn_origin){.kind = MN_ORIGIN_FILE, .name = r->name, .line = (int)mark.line + 1};
}

static mn_origin place(const reader *r)
{
    return place_of(r, r->event.start_mark);
}

#define give_up(r, at, ...)                                                                        \
    (mn_config_faults_add((r)->faults, (at), __VA_ARGS__), (r)->broken = true)

static void fail_syntax(reader *r)
{
    const yaml_parser_t *parser = &r->parser;
    /* An encoding error has an offset only, and comes before the scanner got to its line. */
    mn_origin at =
        place_of(r, parser->error == YAML_READER_ERROR ? parser->mark : parser->problem_mark);
    if (parser->context != NULL)
        give_up(r, at, "not valid YAML: %s %s", parser->context,
                parser->problem == NULL ? "" : parser->problem);
    else
        give_up(r, at, "not valid YAML: %s",
                parser->problem == NULL ? "unreadable" : parser->problem);
}

static void step(reader *r)
{
    yaml_event_delete(&r->event);
    memset(&r->event, 0, sizeof r->event);
    if (!r->broken && yaml_parser_parse(&r->parser, &r->event) == 0)
        fail_syntax(r);
}

static mn_yaml *node_new(minos_arena *arena, mn_yaml_kind kind, mn_origin at)
{
    mn_yaml *node = mn_arena_make(arena, mn_yaml);
    node->kind = kind;
    node->at = at;
    node->weight = 1;
    return node;
}

static void weigh(reader *r, size_t weight, size_t bytes)
{
    r->weight += weight;
    r->bytes += bytes;
    if (r->weight > MN_YAML_NODES_MAX && !r->broken)
        give_up(r, place(r), "more than %d values, aliases unfolded", MN_YAML_NODES_MAX);
    if (r->bytes > MN_YAML_BYTES_MAX && !r->broken)
        give_up(r, place(r), "more than %d KiB, aliases unfolded", MN_YAML_BYTES_MAX / 1024);
}

/* Keep an anchor's name until its node is read; gives its place, or NULL without an anchor. */
static anchor *anchor_begin(reader *r, const yaml_char_t *name)
{
    anchor *made = NULL;
    if (name == NULL)
        return NULL;
    for (size_t i = 0; i < r->anchor_count; i++)
        if (strcmp(r->anchors[i].name, (const char *)name) == 0)
            made = &r->anchors[i]; /* YAML lets a later anchor of that name take over */
    if (made == NULL) {
        if (r->anchor_count == MN_YAML_ANCHORS_MAX) {
            give_up(r, place(r), "more than %d anchors", MN_YAML_ANCHORS_MAX);
            return NULL;
        }
        made = &r->anchors[r->anchor_count++];
        made->name = (char *)mn_arena_try_dup(r->arena, minos_view_of((const char *)name)).data;
    }
    made->node = NULL;
    return made;
}

static mn_yaml *read_alias(reader *r)
{
    const char *name = (const char *)r->event.data.alias.anchor;
    mn_yaml *node = NULL;
    bool known = false;

    for (size_t i = 0; i < r->anchor_count; i++) {
        if (strcmp(r->anchors[i].name, name) == 0) {
            known = true;
            node = r->anchors[i].node;
        }
    }
    if (node == NULL)
        give_up(r, place(r),
                known ? "alias \"*%s\" within what it names" : "alias \"*%s\" names no anchor",
                name);
    else
        weigh(r, node->weight, node->bytes);
    return node;
}

/* Refuse tags but those of the core schema that agree with what they stand at. */
static void check_tag(reader *r, const yaml_char_t *tag_, mn_yaml *node)
{
    static const struct {
        const char *tag;
        minos_type type;
    } rows[] = {
        {CORE_TAG "null", MINOS_TYPE_NULL},  {CORE_TAG "bool", MINOS_TYPE_BOOL},
        {CORE_TAG "int", MINOS_TYPE_INT},    {CORE_TAG "float", MINOS_TYPE_DOUBLE},
        {CORE_TAG "str", MINOS_TYPE_STRING}, {"!", MINOS_TYPE_STRING},
        {CORE_TAG "seq", MINOS_TYPE_LIST},   {CORE_TAG "map", MINOS_TYPE_MAP},
    };
    const char *tag = (const char *)tag_;
    minos_type type = node->kind == MN_YAML_LIST  ? MINOS_TYPE_LIST
                      : node->kind == MN_YAML_MAP ? MINOS_TYPE_MAP
                                                  : MINOS_TYPE_STRING;
    if (tag == NULL || (strcmp(tag, "!") == 0 && node->kind != MN_YAML_SCALAR))
        return;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (strcmp(tag, rows[i].tag) != 0)
            continue;
        if (node->kind == MN_YAML_SCALAR && rows[i].type == MINOS_TYPE_STRING) {
            node->quoted = true;
            return;
        }
        if (node->kind == MN_YAML_SCALAR) {
            mn_yaml plain = *node;
            plain.quoted = false; /* !!int "12" is 12 */
            type = mn_yaml_resolve(&plain).type;
            node->quoted = false;
        }
        if (type == rows[i].type)
            return;
        mn_config_faults_add(r->faults, node->at, "tag \"%s\" does not fit what it stands at", tag);
        return;
    }
    mn_config_faults_add(r->faults, node->at, "tag \"%s\" is not supported", tag);
}

static mn_yaml *read_scalar(reader *r)
{
    minos_view text = minos_view_make(r->event.data.scalar.value, r->event.data.scalar.length);
    mn_yaml *node = mn_yaml_scalar(r->arena, text,
                                   r->event.data.scalar.style != YAML_PLAIN_SCALAR_STYLE, place(r));
    anchor *named = anchor_begin(r, r->event.data.scalar.anchor);

    check_tag(r, r->event.data.scalar.tag, node);
    if (named != NULL)
        named->node = node;
    return node;
}

static mn_yaml *read_list(reader *r)
{
    mn_yaml *list = node_new(r->arena, MN_YAML_LIST, place(r));
    anchor *named = anchor_begin(r, r->event.data.sequence_start.anchor);

    check_tag(r, r->event.data.sequence_start.tag, list);
    for (step(r); !r->broken && r->event.type != YAML_SEQUENCE_END_EVENT; step(r)) {
        mn_yaml *item = read_node(r);
        if (r->broken)
            break;
        mn_yaml_append(r->arena, list, item);
    }
    if (named != NULL)
        named->node = list;
    return list;
}

static int entry_order(const void *a_, const void *b_)
{
    const mn_yaml_entry *a = *(const mn_yaml_entry *const *)a_;
    const mn_yaml_entry *b = *(const mn_yaml_entry *const *)b_;
    int order = minos_view_compare(a->key, b->key);
    return order != 0 ? order : (a > b) - (a < b);
}

/* A map may be large, so its keys are sorted to find the doubles. */
static void check_doubles(reader *r, const mn_yaml *map)
{
    const mn_yaml_entry **sorted;
    if (map->count < 2)
        return;
    sorted = malloc(map->count * sizeof(*sorted));
    if (sorted == NULL)
        abort();
    for (size_t i = 0; i < map->count; i++)
        sorted[i] = &map->entries[i];
    qsort(sorted, map->count, sizeof(*sorted), entry_order);
    for (size_t i = 1; i < map->count; i++)
        if (minos_view_equal(sorted[i]->key, sorted[i - 1]->key))
            mn_config_faults_add(r->faults, sorted[i]->at,
                                 "key \"%s\" is here twice, first in line %d", sorted[i]->key.data,
                                 sorted[i - 1]->at.line);
    free(sorted);
}

static void add_entry(minos_arena *arena, mn_yaml *map, mn_yaml_entry entry)
{
    mn_yaml_make_room(arena, map);
    map->entries[map->count++] = entry;
    map->weight += entry.value->weight;
    map->bytes += entry.key.size + entry.value->bytes;
}

/* `<<: *base`, of YAML 1.1 and the original's reader: `base` has the keys that the map lacks. */
static void merge(reader *r, mn_yaml *map, const mn_yaml *base, mn_origin at)
{
    if (base->kind == MN_YAML_LIST) {
        for (size_t i = 0; i < base->count && !r->broken; i++) {
            if (base->items[i]->kind == MN_YAML_LIST)
                mn_config_faults_add(r->faults, at, "\"<<\" takes maps, not lists of lists");
            else
                merge(r, map, base->items[i], at);
        }
        return;
    }
    if (base->kind != MN_YAML_MAP) {
        mn_config_faults_add(r->faults, at, "\"<<\" takes a map, not %s", mn_yaml_noun(base));
        return;
    }
    weigh(r, base->weight, base->bytes);
    if (r->broken)
        return;
    for (size_t i = 0; i < base->count; i++)
        if (mn_yaml_find(map, base->entries[i].key) == NULL)
            add_entry(r->arena, map, base->entries[i]);
}

/* Read the key that the current event begins; false when it cannot be one. */
static bool read_key(reader *r, mn_yaml_entry *entry)
{
    mn_yaml *key;
    if (r->event.type != YAML_SCALAR_EVENT && r->event.type != YAML_ALIAS_EVENT) {
        give_up(r, place(r), "a key must be text");
        return false;
    }
    key = read_node(r);
    if (r->broken)
        return false;
    if (key->kind != MN_YAML_SCALAR || key->text.size == 0 ||
        memchr(key->text.data, '\0', key->text.size) != NULL) {
        give_up(r, place(r), "a key must be text");
        return false;
    }
    entry->at = place(r);
    entry->key = key->text;
    return true;
}

static mn_yaml *read_map(reader *r)
{
    mn_yaml *map = node_new(r->arena, MN_YAML_MAP, place(r));
    anchor *named = anchor_begin(r, r->event.data.mapping_start.anchor);
    mn_yaml_entry bases[8];
    size_t base_count = 0;

    check_tag(r, r->event.data.mapping_start.tag, map);
    for (step(r); !r->broken && r->event.type != YAML_MAPPING_END_EVENT; step(r)) {
        mn_yaml_entry entry = {0};
        bool plain = r->event.type == YAML_SCALAR_EVENT &&
                     r->event.data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
        if (!read_key(r, &entry))
            break;
        step(r);
        if (r->broken)
            break;
        entry.value = read_node(r);
        if (r->broken)
            break;
        if (!plain || !minos_view_is(entry.key, "<<"))
            add_entry(r->arena, map, entry);
        else if (base_count < sizeof bases / sizeof bases[0])
            bases[base_count++] = entry;
        else
            mn_config_faults_add(r->faults, entry.at, "too many \"<<\" in one map");
    }
    if (!r->broken)
        check_doubles(r, map);
    for (size_t i = 0; i < base_count && !r->broken; i++)
        merge(r, map, bases[i].value, bases[i].at);
    if (named != NULL)
        named->node = map;
    return map;
}

/* Read the node that the current event begins; NULL when broken. */
static mn_yaml *read_node(reader *r)
{
    mn_yaml *node = NULL;

    if (r->broken)
        return NULL;
    if (r->event.type == YAML_ALIAS_EVENT)
        return read_alias(r);
    weigh(r, 1, r->event.type == YAML_SCALAR_EVENT ? r->event.data.scalar.length : 0);
    if (++r->depth > MN_YAML_DEPTH_MAX)
        give_up(r, place(r), "nested deeper than %d", MN_YAML_DEPTH_MAX);
    if (!r->broken && r->event.type == YAML_SCALAR_EVENT)
        node = read_scalar(r);
    else if (!r->broken && r->event.type == YAML_SEQUENCE_START_EVENT)
        node = read_list(r);
    else if (!r->broken && r->event.type == YAML_MAPPING_START_EVENT)
        node = read_map(r);
    r->depth--;
    return r->broken ? NULL : node;
}

static mn_yaml *read_document(reader *r)
{
    mn_yaml *root = NULL;

    step(r); /* stream start */
    step(r);
    if (!r->broken && r->event.type == YAML_STREAM_END_EVENT)
        return mn_yaml_map(r->arena, place(r));
    step(r); /* past the document's start */
    if (!r->broken)
        root = read_node(r);
    step(r); /* document end */
    step(r);
    if (!r->broken && r->event.type != YAML_STREAM_END_EVENT)
        give_up(r, place(r), "a second document begins here; a configuration is one");
    if (r->broken)
        return NULL;
    if (root->kind == MN_YAML_SCALAR && mn_yaml_resolve(root).type == MINOS_TYPE_NULL)
        return mn_yaml_map(r->arena, root->at);
    return root;
}

mn_yaml *mn_yaml_read(minos_arena *arena, minos_view text, const char *name,
                      mn_config_faults *faults)
{
    reader r = {.arena = arena, .faults = faults, .name = name};
    mn_yaml *root;

    if (text.size > MN_YAML_BYTES_MAX) {
        mn_config_faults_add(faults, (mn_origin){.kind = MN_ORIGIN_FILE, .name = name, .line = 1},
                             "larger than %d KiB", MN_YAML_BYTES_MAX / 1024);
        return NULL;
    }
    if (yaml_parser_initialize(&r.parser) == 0)
        abort();
    yaml_parser_set_input_string(&r.parser, (const unsigned char *)text.data, text.size);
    root = read_document(&r);
    yaml_event_delete(&r.event);
    yaml_parser_delete(&r.parser);
    return root;
}
