/*
 * The original's first layout (service:, rest:, broker:, repository: … at the top) into the second.
 * Nodes are moved, not copied, and keep their lines and their old names for messages.
 */
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "config/config.h"
#include "config/scalar.h"

typedef struct move {
    const char *from; /* a key of layout 1, or the top of a tree of them */
    const char *to;   /* where it goes in layout 2; NULL: see `act` */
    void (*act)(mn_build *build, mn_yaml *root, const mn_yaml *node);
} move;

static void move_ports(mn_build *build, mn_yaml *root, const mn_yaml *node);
static void move_injections(mn_build *build, mn_yaml *root, const mn_yaml *node);

/* In this order `broker.queue` divides into what is of the queue and what is of its database. */
static const move moves[] = {
    {.from = "version", .to = "version"},
    {.from = "service.name", .to = "name"},
    {.from = "service.aggregate", .to = "aggregate.entities"},
    {.from = "service.services", .act = move_ports},
    {.from = "service.injections", .act = move_injections},
    {.from = "rest", .to = "interfaces.http.connector"},
    {.from = "broker.host", .to = "interfaces.broker.common.host"},
    {.from = "broker.port", .to = "interfaces.broker.common.port"},
    {.from = "broker.queue.records", .to = "interfaces.broker.common.queue.records"},
    {.from = "broker.queue.retry", .to = "interfaces.broker.common.queue.retry"},
    {.from = "broker.queue.database", .to = "databases.broker.database"},
    {.from = "broker.queue.user", .to = "databases.broker.user"},
    {.from = "broker.queue.password", .to = "databases.broker.password"},
    {.from = "broker.queue.host", .to = "databases.broker.host"},
    {.from = "broker.queue.port", .to = "databases.broker.port"},
    {.from = "repository", .to = "databases.default"},
    {.from = "snapshot", .to = "databases.snapshot"},
    {.from = "query_repository", .to = "databases.query"},
    {.from = "saga.storage", .to = "databases.saga"},
    {.from = "saga", .to = "saga"},
    {.from = "discovery", .to = "discovery"},
    {.from = "routers", .to = "routers"},
    {.from = "middleware", .to = "middleware"},
    {.from = "services", .to = "services"},
    /* Keys of ours, the same in both. */
    {.from = "modules", .to = "modules"},
    {.from = "workers", .to = "workers"},
    {.from = "pools", .to = "pools"},
    {.from = "fiber", .to = "fiber"},
    {.from = "log", .to = "log"},
    {.from = "drain_timeout", .to = "drain_timeout"},
    {.from = "settings", .to = "settings"},
    {.from = NULL},
};

/* An injection may have come before the tree that it belongs to. */
static void join_maps(mn_build *build, mn_yaml *map, const mn_yaml *more)
{
    map->at = more->at;
    map->written = more->written;
    for (size_t i = 0; i < more->count; i++)
        mn_yaml_put(build->arena, map, more->entries[i].key, more->entries[i].at,
                    more->entries[i].value);
}

/* Put a node at a dotted path, making the maps on the way. */
static void put_at(mn_build *build, mn_yaml *root, const char *path, mn_yaml *node)
{
    size_t size;

    for (;; path += size + 1) {
        mn_yaml_entry *entry;
        minos_view name;
        size = strcspn(path, ".");
        name = minos_view_make(path, size);
        entry = mn_yaml_find(root, name);
        if (path[size] == '\0') {
            if (entry != NULL && entry->value->kind == MN_YAML_MAP && node->kind == MN_YAML_MAP)
                join_maps(build, entry->value, node);
            else
                mn_yaml_put(build->arena, root, name, node->at, node);
            return;
        }
        if (entry == NULL || entry->value->kind != MN_YAML_MAP) {
            mn_yaml_put(build->arena, root, name, node->at, mn_yaml_map(build->arena, node->at));
            entry = mn_yaml_find(root, name);
            /* A message about it names what was written. */
            entry->value->written = node->written;
        }
        root = entry->value;
    }
}

/* `service.services` lists the ports that run; the others do not. */
static void move_ports(mn_build *build, mn_yaml *root, const mn_yaml *node)
{
    static const mn_role roles[] = {MN_ROLE_HTTP_PORT, MN_ROLE_BROKER_PORT, MN_ROLE_PERIODIC_PORT};
    static const char written[] = "service.services";
    bool found[mn_count_of(roles)] = {false};

    if (node->kind != MN_YAML_LIST) {
        mn_config_faults_add(&build->faults, node->at, "%s: must be a list of names, is %s",
                             written, mn_yaml_noun(node));
        return;
    }
    for (size_t i = 0; i < node->count; i++) {
        const mn_yaml *item = node->items[i];
        const mn_name *name = NULL;
        size_t role = 0;
        for (; role < mn_count_of(roles) && name == NULL; role += name == NULL)
            name = item->kind == MN_YAML_SCALAR ? mn_name_find(roles[role], item->text) : NULL;
        if (item->kind != MN_YAML_SCALAR) {
            mn_config_faults_add(&build->faults, item->at, "%s: must be a list of names, holds %s",
                                 written, mn_yaml_noun(item));
            continue;
        }
        if (name == NULL || strcmp(name->name, "none") == 0) {
            mn_config_faults_add(&build->faults, item->at, "%s: there is no port \"%.128s\"",
                                 written, item->text.data);
            continue;
        }
        found[role] = true;
        put_at(build, root, mn_role_key(roles[role]), mn_yaml_renamed(build->arena, item, written));
    }
    for (size_t role = 0; role < mn_count_of(roles); role++)
        if (!found[role])
            put_at(build, root, mn_role_key(roles[role]),
                   mn_yaml_renamed(build->arena,
                                   mn_yaml_scalar(build->arena, MINOS_VIEW("none"), true, node->at),
                                   written));
}

/* `service.injections` lists classes; what each is for says where layout 2 names it. */
static void move_injection(mn_build *build, mn_yaml *root, const mn_yaml *item)
{
    static const char written[] = "service.injections";
    const mn_name *name = item->kind == MN_YAML_SCALAR ? mn_name_find_original(item->text) : NULL;
    const char *key = name == NULL ? NULL : mn_role_key(name->role);

    if (key != NULL)
        put_at(build, root, key, mn_yaml_renamed(build->arena, item, written));
    else if (item->kind == MN_YAML_SCALAR)
        mn_config_faults_add(&build->faults, item->at, "%s: \"%.128s\" is not in this build",
                             written, item->text.data);
    else
        mn_config_faults_add(&build->faults, item->at, "%s: must be a list of names, holds %s",
                             written, mn_yaml_noun(item));
}

static void move_injections(mn_build *build, mn_yaml *root, const mn_yaml *node)
{
    if (node->kind == MN_YAML_SCALAR)
        mn_config_faults_add(&build->faults, node->at,
                             "service.injections: must be a list of names, is %s",
                             mn_yaml_noun(node));
    for (size_t i = 0; i < node->count; i++)
        move_injection(build, root,
                       node->kind == MN_YAML_LIST ? node->items[i] : node->entries[i].value);
}

static void unknown(mn_build *build, mn_origin at, const char *path)
{
    const char *best = NULL;
    size_t best_distance = SIZE_MAX;

    for (const move *row = moves; row->from != NULL; row++) {
        size_t distance = mn_word_distance(minos_view_of(path), minos_view_of(row->from));
        if (distance < best_distance && mn_word_near(distance, strlen(path))) {
            best = row->from;
            best_distance = distance;
        }
    }
    if (best != NULL)
        mn_config_faults_add(&build->faults, at,
                             "unknown key \"%s\" in layout 1; did you mean \"%s\"?", path, best);
    else if (mn_key_find(path) != NULL)
        mn_config_faults_add(&build->faults, at,
                             "key \"%s\" is of layout 2; set version: 2 to use it", path);
    else
        mn_config_faults_add(&build->faults, at, "unknown key \"%s\" in layout 1", path);
}

static const move *find(const char *path)
{
    for (const move *row = moves; row->from != NULL; row++)
        if (strcmp(row->from, path) == 0)
            return row;
    return NULL;
}

static const char *join(mn_build *build, const char *prefix, minos_view name)
{
    return mn_text(build->arena, "%s%s%.*s", prefix, prefix[0] == '\0' ? "" : ".", (int)name.size,
                   name.data);
}

static bool has_moves_below(const char *path)
{
    size_t size = strlen(path);
    for (const move *row = moves; row->from != NULL; row++)
        if (strncmp(row->from, path, size) == 0 && row->from[size] == '.')
            return true;
    return false;
}

static void upgrade(mn_build *build, const mn_yaml *map, const char *prefix, mn_yaml *root)
{
    for (size_t i = 0; i < map->count; i++) {
        const mn_yaml_entry *pair = &map->entries[i];
        const char *path = join(build, prefix, pair->key);
        const move *row = find(path);
        const move *above = find(prefix);
        bool below = has_moves_below(path);

        if (below && pair->value->kind == MN_YAML_MAP)
            upgrade(build, pair->value, path, root);
        else if (row != NULL && row->act != NULL)
            row->act(build, root, pair->value);
        else if (row != NULL)
            put_at(build, root, row->to, mn_yaml_renamed(build->arena, pair->value, path));
        else if (above != NULL && above->to != NULL)
            put_at(build, root, join(build, above->to, pair->key),
                   mn_yaml_renamed(build->arena, pair->value, path));
        else if (below)
            mn_config_faults_add(&build->faults, pair->value->at,
                                 "%s: must be a map of keys, is %s", path,
                                 mn_yaml_noun(pair->value));
        else
            unknown(build, pair->at, path);
    }
}

mn_yaml *mn_build_upgrade(mn_build *build, const mn_yaml *root)
{
    mn_yaml *upgraded = mn_yaml_map(build->arena, root->at);
    upgrade(build, root, "", upgraded);
    return upgraded;
}

bool mn_build_downgrade(const char *key, char old[MN_CONFIG_KEY_BYTES_MAX + 1])
{
    for (const move *row = moves; row->from != NULL; row++) {
        size_t size = row->to == NULL ? 0 : strlen(row->to);
        if (size != 0 && strncmp(key, row->to, size) == 0 &&
            (key[size] == '\0' || key[size] == '.')) {
            snprintf(old, MN_CONFIG_KEY_BYTES_MAX + 1, "%s%s", row->from, key + size);
            return true;
        }
    }
    return false;
}
