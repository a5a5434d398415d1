/*
 * Building a configuration: see config.h for the steps.
 */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "config/config.h"

#define ARENA_BYTES_MAX ((size_t)64 << 20)

static size_t row_count(const char *below)
{
    size_t count = 0;
    for (const mn_key *row = mn_keys; row->key != NULL; row++)
        count += below == NULL || mn_key_is_below(row->key, below);
    return count;
}

static mn_entry *add_entry(mn_build *build, const mn_key *row, const char *key)
{
    mn_entry *entry = &build->entries[build->entry_count++];
    *entry = (mn_entry){.row = row, .key = key, .shown = key};
    return entry;
}

/* An entry for every row that has no "*", and room for the databases. */
static void init_entries(mn_build *build)
{
    size_t room = row_count(NULL) + MN_CONFIG_DATABASES_MAX * (1 + row_count("databases.*"));

    build->entries = mn_arena_array(build->arena, mn_entry, room);
    for (const mn_key *row = mn_keys; row->key != NULL; row++)
        if (strchr(row->key, '*') == NULL)
            add_entry(build, row, row->key);
}

mn_entry *mn_build_entry(const mn_build *build, const char *key)
{
    for (size_t i = 0; i < build->entry_count; i++)
        if (strcmp(build->entries[i].key, key) == 0)
            return &build->entries[i];
    return NULL;
}

mn_entry *mn_build_entry_make(mn_build *build, const mn_key *row, const char *key, mn_origin at)
{
    mn_entry *entry = mn_build_entry(build, key);
    const char *name = strchr(key, '.');
    size_t databases = 0;
    int size;

    if (entry != NULL || name == NULL || strchr(row->key, '*') == NULL)
        return entry;
    size = (int)strcspn(++name, ".");
    for (size_t i = 0; i < build->entry_count; i++)
        databases += strcmp(build->entries[i].row->key, "databases.*") == 0;
    if (databases == MN_CONFIG_DATABASES_MAX) {
        mn_config_faults_add(&build->faults, at, "more than %d databases", MN_CONFIG_DATABASES_MAX);
        return NULL;
    }
    for (const mn_key *each = mn_keys; each->key != NULL; each++)
        if (strncmp(each->key, "databases.*", 11) == 0)
            add_entry(build, each,
                      mn_text(build->arena, "databases.%.*s%s", size, name, each->key + 11));
    return mn_build_entry(build, key);
}

void mn_build_unknown(mn_build *build, mn_origin at, const char *shown, const char *meant)
{
    if (meant != NULL)
        mn_config_faults_add(&build->faults, at, "unknown key \"%s\"; did you mean \"%s\"?", shown,
                             meant);
    else
        mn_config_faults_add(&build->faults, at, "unknown key \"%s\"", shown);
}

/* ---- the file ---- */

static void walk(mn_build *build, const mn_yaml *map, const mn_key *parent, const char *prefix,
                 const char *shown);

static const char *join(minos_arena *arena, const char *prefix, minos_view name)
{
    return mn_text(arena, "%s%s%.*s", prefix, prefix[0] == '\0' ? "" : ".", (int)name.size,
                   name.data);
}

static void walk_map(mn_build *build, const mn_key *row, const char *key, const char *shown,
                     const mn_yaml *node)
{
    mn_entry *entry = mn_build_entry_make(build, row, key, node->at);
    bool scalar = node->kind == MN_YAML_SCALAR;

    if (entry == NULL)
        return;
    entry->is_set = true;
    entry->origin = node->at;
    entry->shown = shown;
    if (node->kind == MN_YAML_MAP) {
        walk(build, node, row, key, shown);
    } else if (scalar && row->shorthand && mn_yaml_resolve(node).type != MINOS_TYPE_NULL) {
        entry = mn_build_entry(build, mn_text(build->arena, "%s.client", key));
        mn_entry_set_node(build, entry, shown, node);
    } else if (!scalar || mn_yaml_resolve(node).type != MINOS_TYPE_NULL) {
        mn_config_faults_add(&build->faults, node->at, "%s: must be %s, is %s", shown,
                             mn_key_type_noun(row->type), mn_yaml_noun(node));
    }
}

static void walk_entry(mn_build *build, const mn_yaml_entry *pair, const mn_key *parent,
                       const char *prefix, const char *shown_prefix)
{
    const mn_yaml *node = pair->value;
    const char *key = join(build->arena, prefix, pair->key);
    const char *shown =
        node->written != NULL ? node->written : join(build->arena, shown_prefix, pair->key);
    bool plain = memchr(pair->key.data, '.', pair->key.size) == NULL &&
                 !minos_view_is(pair->key, "*") && strlen(key) <= MN_CONFIG_KEY_BYTES_MAX;
    const mn_key *row = plain ? mn_key_find(key) : NULL;
    mn_entry *entry;

    if (row == NULL) {
        mn_build_unknown(build, pair->at, shown,
                         mn_key_suggest(parent == NULL ? "" : parent->key, pair->key));
    } else if (row->type == MN_KEY_MAP) {
        walk_map(build, row, key, shown, node);
    } else {
        entry = mn_build_entry_make(build, row, key, node->at);
        if (entry == NULL)
            return;
        entry->shown = shown;
        mn_entry_set_node(build, entry, shown, node);
    }
}

static void walk(mn_build *build, const mn_yaml *map, const mn_key *parent, const char *prefix,
                 const char *shown)
{
    for (size_t i = 0; i < map->count; i++)
        walk_entry(build, &map->entries[i], parent, prefix, shown);
}

/* Without a version, a name that only the first layout has at the top tells it. */
static int version_of(const mn_yaml *root)
{
    static const char *const olds[] = {"service", "rest", "broker", "repository", "snapshot"};
    const mn_yaml_entry *version = mn_yaml_find(root, MINOS_VIEW("version"));

    if (version != NULL && version->value->kind == MN_YAML_SCALAR) {
        minos_value value = mn_yaml_resolve(version->value);
        return value.type == MINOS_TYPE_INT && value.as.integer == 1 ? 1 : 2;
    }
    for (size_t i = 0; i < mn_count_of(olds); i++)
        if (mn_yaml_find(root, minos_view_of(olds[i])) != NULL)
            return 1;
    return 2;
}

void mn_build_file(mn_build *build)
{
    const mn_yaml *root = build->root;

    if (root->kind != MN_YAML_MAP) {
        mn_config_faults_add(&build->faults, root->at,
                             "a configuration is a map of keys, this is %s", mn_yaml_noun(root));
        return;
    }
    build->version = version_of(root);
    if (build->version == 1)
        root = build->root = mn_build_upgrade(build, root);
    walk(build, root, NULL, "", "");
}

/* ---- defaults, and what this build lacks ---- */

static bool is_set_below(const mn_build *build, const char *key)
{
    for (size_t i = 0; i < build->entry_count; i++)
        if (build->entries[i].is_set && (strcmp(build->entries[i].key, key) == 0 ||
                                         mn_key_is_below(build->entries[i].key, key)))
            return true;
    return false;
}

/* As in the original, a file that names doors opens only those; one that names none opens all. */
static void close_doors(mn_build *build)
{
    const mn_yaml *named = mn_yaml_at(build->root, "interfaces");
    const char *name;

    if (named == NULL || named->kind != MN_YAML_MAP || named->count == 0)
        return;
    for (const mn_key *row = mn_keys; row->key != NULL; row++) {
        if (mn_key_is_child(row, "interfaces", &name) && !is_set_below(build, row->key)) {
            mn_entry *port = mn_build_entry(build, mn_text(build->arena, "%s.port", row->key));
            mn_entry_set_text(build, port, "none", named->at);
            port->is_set = false;
        }
    }
}

static void fill_defaults(mn_build *build)
{
    mn_entry *version = mn_build_entry(build, "version");

    close_doors(build);
    if (!version->is_set)
        mn_entry_set_text(build, version, build->version == 1 ? "1" : "2", (mn_origin){0});
    for (size_t i = 0; i < build->entry_count; i++) {
        mn_entry *entry = &build->entries[i];
        if (!entry->has_value && entry->row->standard != NULL)
            mn_entry_set_text(build, entry, entry->row->standard, (mn_origin){0});
    }
    for (size_t i = 0; i < build->entry_count; i++) {
        mn_entry *entry = &build->entries[i];
        if (!entry->has_value && entry->row->inherits != NULL) {
            const mn_entry *from = mn_build_entry(build, entry->row->inherits);
            entry->has_value = from->has_value;
            entry->value = from->value;
            entry->origin = from->origin;
        }
    }
}

/* Give the bytes of a key's first names, as many as the block that it lies below has. */
static size_t same_depth(const char *key, const char *block)
{
    size_t size = strcspn(key, ".");
    for (const char *dot = strchr(block, '.'); dot != NULL; dot = strchr(dot + 1, '.'))
        size += 1 + strcspn(key + size + 1, ".");
    return size;
}

/* Tell of a whole block that this build lacks, by its client when one is named. */
static void judge_block(mn_build *build, const mn_key *block, const mn_entry *first)
{
    size_t size = same_depth(first->key, block->key);
    const mn_entry *told = NULL;
    bool is_none = false;

    for (size_t i = 0; i < build->entry_count; i++) {
        mn_entry *entry = &build->entries[i];
        if (strncmp(entry->key, first->key, size) == 0 &&
            (entry->key[size] == '.' || entry->key[size] == '\0')) {
            if (strcmp(entry->key + size, ".client") == 0 && entry->is_set) {
                told = entry->lacks != NULL ? entry : NULL;
                is_none = minos_view_is(minos_value_view(&entry->value), "none");
            }
            entry->is_judged = true;
        }
    }
    if (told != NULL)
        mn_config_faults_add(&build->faults, told->lacks->at, "%s", told->lacks->text);
    else if (!is_none)
        mn_config_faults_add(&build->faults, first->origin, "%s: %s is not in this build",
                             first->shown, block->absent);
}

/* Whether the client beside a key is what this build lacks: then its own keys say nothing new. */
static bool is_of_lacking_client(const mn_build *build, const mn_entry *entry)
{
    const char *dot = strrchr(entry->key, '.');
    size_t size = dot == NULL ? 0 : (size_t)(dot - entry->key);

    for (size_t i = 0; entry->row->absent != NULL && i < build->entry_count; i++) {
        const mn_entry *other = &build->entries[i];
        if (strncmp(other->key, entry->key, size) == 0 &&
            strcmp(other->key + size, ".client") == 0 && other->is_set && other->lacks != NULL)
            return true;
    }
    return false;
}

/* Only what stays in force is judged: not a file's value that a variable replaced. */
static void judge_lacks(mn_build *build)
{
    for (size_t i = 0; i < build->entry_count; i++) {
        mn_entry *entry = &build->entries[i];
        const mn_key *block = entry->row->absent != NULL && (entry->row->type == MN_KEY_MAP ||
                                                             entry->row->type == MN_KEY_FREE)
                                  ? entry->row
                                  : mn_key_absent_above(entry->key);
        if (!entry->is_set || entry->is_judged)
            continue;
        if (block != NULL) {
            judge_block(build, block, entry);
            continue;
        }
        if (is_of_lacking_client(build, entry))
            continue;
        for (const mn_lack *lack = entry->lacks; lack != NULL; lack = lack->next)
            mn_config_faults_add(&build->faults, lack->at, "%s", lack->text);
    }
}

/* ---- the tree that reads look into ---- */

/* Make the map of all entries whose key begins with the `size` bytes of `prefix`. */
static minos_value make_map(const mn_build *build, const char *prefix, size_t size)
{
    minos_value map = {.type = MINOS_TYPE_MAP};
    minos_pair *pairs = mn_arena_array(build->arena, minos_pair, build->entry_count);

    for (size_t i = 0; i < build->entry_count; i++) {
        const mn_entry *entry = &build->entries[i];
        const char *name;
        minos_view key;
        bool made = false;

        if (!entry->has_value || strncmp(entry->key, prefix, size) != 0)
            continue;
        name = entry->key + size;
        key = minos_view_make(name, strcspn(name, "."));
        for (uint32_t j = 0; j < map.size && !made; j++)
            made = minos_view_equal(pairs[j].key, key);
        if (made)
            continue;
        pairs[map.size].key = key;
        pairs[map.size++].value = name[key.size] == '\0'
                                      ? entry->value
                                      : make_map(build, entry->key, size + key.size + 1);
    }
    map.as.named.pairs = pairs;
    return map;
}

/* By row; the rows of one database stay together. */
static int entry_order(const void *a_, const void *b_)
{
    const mn_entry *a = a_;
    const mn_entry *b = b_;
    if (strchr(a->row->key, '*') != NULL && strchr(b->row->key, '*') != NULL) {
        const char *an = strchr(a->key, '.') + 1;
        const char *bn = strchr(b->key, '.') + 1;
        int order = minos_view_compare(minos_view_make(an, strcspn(an, ".")),
                                       minos_view_make(bn, strcspn(bn, ".")));
        if (order != 0)
            return order;
    }
    return (a->row > b->row) - (a->row < b->row);
}

static minos_rc finish(mn_build *build, minos_config *config)
{
    const minos_value *whole;
    minos_value root;

    for (size_t i = 0; i < build->entry_count; i++) {
        mn_entry *entry = &build->entries[i];
        if (entry->tree != NULL)
            entry->value = mn_yaml_value(build->arena, entry->tree);
    }
    qsort(build->entries, build->entry_count, sizeof build->entries[0], entry_order);
    config->entries = build->entries;
    config->entry_count = build->entry_count;
    /* Copied, so that every text ends in a NUL, wherever it was cut out of. */
    root = make_map(build, "", 0);
    MINOS_TRY(minos_value_dup(build->arena, &root, &whole));
    config->root = *whole;
    return MINOS_OK;
}

minos_rc mn_config_build(minos_view text, const char *path, const char *name,
                         const minos_override *overrides, char *const *variables,
                         minos_config **ret_config)
{
    minos_arena *arena = minos_arena_new(ARENA_BYTES_MAX);
    MINOS_AUTO(minos_config) *config = mn_new(minos_config);
    mn_build build = {.config = config, .arena = arena, .version = 2};

    config->arena = arena;
    config->path = path == NULL ? NULL : mn_text(arena, "%s", path);
    build.name = mn_text(arena, "%s", name);
    build.faults.arena = arena;
    init_entries(&build);
    build.root = mn_yaml_read(arena, text, build.name, &build.faults);
    if (build.root != NULL) {
        mn_build_file(&build);
        mn_build_environment(&build, variables);
        mn_build_overrides(&build, overrides);
        fill_defaults(&build);
        judge_lacks(&build);
    }
    MINOS_TRY(mn_config_faults_raise(&build.faults));
    MINOS_TRY(finish(&build, config));
    *ret_config = mn_take(&config);
    return MINOS_OK;
}
