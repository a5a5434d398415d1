/*
 * MINOS_… variables and parameters over the file. A variable's name is the key in upper case,
 * dots and dashes as underscores; what looks like one of ours and names no key is refused, for a
 * typing mistake that is passed over costs a night.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "base/utf8.h"
#include "config/config.h"
#include "config/scalar.h"

#define PREFIX             "MINOS_"
#define VARIABLE_BYTES_MAX 512 /* of a name; longer ones are not ours */

static char variable_char(char c)
{
    return c == '.' || c == '-' ? '_' : (char)toupper((unsigned char)c);
}

/* Tell whether a variable's name, behind the prefix, is that of a dotted key. */
static bool is_variable_of(const char *name, const char *key)
{
    while (*name != '\0' && *key != '\0' && *name == variable_char(*key)) {
        name++;
        key++;
    }
    return *name == '\0' && *key == '\0';
}

/*
 * Give the key of a variable that names a row with "*", NULL when it does not: what stands between
 * the row's ends is a database that the file has, else the same in lower case.
 */
static const char *key_with_star(mn_build *build, const mn_key *row, const char *name)
{
    size_t before = (size_t)(strchr(row->key, '*') - row->key);
    const char *rest = row->key + before + 1;
    size_t size = strlen(name);
    size_t after = strlen(rest);
    char *key;

    if (after == 0 || size <= before + after)
        return NULL;
    for (size_t i = 0; i < before; i++)
        if (name[i] != variable_char(row->key[i]))
            return NULL;
    if (!is_variable_of(name + size - after, rest))
        return NULL;
    for (size_t i = 0; i < build->entry_count; i++)
        if (build->entries[i].row == row && is_variable_of(name, build->entries[i].key))
            return build->entries[i].key;
    key = mn_arena_raw(build->arena, size + 1);
    for (size_t i = 0; i <= size; i++)
        key[i] = (char)tolower((unsigned char)name[i]);
    memcpy(key, row->key, before);
    memcpy(key + size - after, rest, after);
    return key;
}

/* ---- keys of the services' own ---- */

/* Replace a scalar or list by text, which is what the old one was: a string stays one. */
static void replace(mn_build *build, mn_yaml *node, const char *text, mn_origin at)
{
    bool is_text = node->kind == MN_YAML_SCALAR && mn_yaml_resolve(node).type == MINOS_TYPE_STRING;

    if (node->kind == MN_YAML_LIST)
        *node = *mn_yaml_split(build->arena, text, false, at);
    else
        *node = *mn_yaml_scalar(build->arena, minos_view_of(text), is_text, at);
}

/* Find the leaf below `node` whose key makes a variable's name; `name` is what is left of it. */
static mn_yaml *leaf_of(const mn_yaml *node, const char *name)
{
    for (size_t i = 0; node->kind == MN_YAML_MAP && i < node->count; i++) {
        const mn_yaml_entry *pair = &node->entries[i];
        mn_yaml *found = NULL;
        size_t size = 0;
        while (size < pair->key.size && name[size] == variable_char(pair->key.data[size]))
            size++;
        if (size != pair->key.size)
            continue;
        if (name[size] == '\0' && pair->value->kind != MN_YAML_MAP)
            return pair->value;
        if (name[size] == '_')
            found = leaf_of(pair->value, name + size + 1);
        if (found != NULL)
            return found;
    }
    return NULL;
}

/* Put text at a dotted path below an entry of free keys, making the maps on the way. */
static void put_free(mn_build *build, mn_entry *entry, const char *path, const char *text,
                     mn_origin at)
{
    mn_yaml *map;

    if (entry->tree == NULL) {
        entry->tree = mn_yaml_map(build->arena, at);
        entry->is_set = entry->has_value = true;
        entry->origin = at;
    }
    map = entry->tree;
    for (;;) {
        size_t size = strcspn(path, ".");
        minos_view name = minos_view_make(path, size);
        mn_yaml_entry *pair = mn_yaml_find(map, name);
        bool last = path[size] == '\0';

        if (last && pair != NULL && pair->value->kind != MN_YAML_MAP) {
            replace(build, pair->value, text, at);
            return;
        }
        if (last && pair == NULL) {
            mn_yaml_put(build->arena, map, name, at,
                        mn_yaml_scalar(build->arena, minos_view_of(text), false, at));
            return;
        }
        if (last || (pair != NULL && pair->value->kind != MN_YAML_MAP)) {
            mn_config_faults_add(&build->faults, at,
                                 last ? "is a map of keys" : "lies below what is no map of keys");
            return;
        }
        if (pair == NULL)
            mn_yaml_put(build->arena, map, name, at, mn_yaml_map(build->arena, at));
        map = mn_yaml_find(map, name)->value;
        path += size + 1;
    }
}

/* JSON and every protocol want UTF-8; a file's text was checked by its reader. */
static bool check_utf8(mn_build *build, const char *text, mn_origin at)
{
    minos_view view = minos_view_of(text);
    if (mn_utf8_fault(view) == view.size)
        return true;
    mn_config_faults_add(&build->faults, at, "is not UTF-8");
    return false;
}

/* ---- variables ---- */

/* Set what a variable names by its key in layout 2, or in layout 1 when the file is in it. */
static bool set_by_variable(mn_build *build, const char *name, const char *text, mn_origin at)
{
    for (const mn_key *row = mn_keys; row->key != NULL; row++) {
        const char *key = row->key;
        char old[MN_CONFIG_KEY_BYTES_MAX + 1] = "";
        mn_entry *entry;

        if (row->type == MN_KEY_FREE || (row->type == MN_KEY_MAP && !row->shorthand) ||
            strcmp(key, "version") == 0)
            continue;
        if (strchr(key, '*') != NULL) {
            key = key_with_star(build, row, name);
            if (key == NULL)
                continue;
        } else if (!is_variable_of(name, key)) {
            if (build->version != 1 || !mn_build_downgrade(key, old) || !is_variable_of(name, old))
                continue;
        }
        entry = mn_build_entry_make(build, row, key, at);
        if (entry != NULL && row->type == MN_KEY_MAP)
            entry = mn_build_entry(build, mn_text(build->arena, "%s.client", key));
        if (entry != NULL && check_utf8(build, text, at))
            mn_entry_set_text(build, entry, text, at);
        return true;
    }
    return false;
}

/* In layout 1 a database's variables are named by its tree there: MINOS_REPOSITORY_HOST. */
static bool set_by_old_database(mn_build *build, const char *name, const char *text, mn_origin at)
{
    static const char *const databases[] = {"default", "broker", "snapshot", "query", "saga"};

    for (const mn_key *row = mn_keys; row->key != NULL && build->version == 1; row++) {
        if (!mn_key_is_below(row->key, "databases.*"))
            continue;
        for (size_t i = 0; i < mn_count_of(databases); i++) {
            char key[MN_CONFIG_KEY_BYTES_MAX + 1];
            char old[MN_CONFIG_KEY_BYTES_MAX + 1];
            snprintf(key, sizeof key, "databases.%s%s", databases[i], strrchr(row->key, '.'));
            if (mn_build_downgrade(key, old) && is_variable_of(name, old)) {
                mn_entry *entry = mn_build_entry_make(build, row, key, at);
                if (entry != NULL && check_utf8(build, text, at))
                    mn_entry_set_text(build, entry, text, at);
                return true;
            }
        }
    }
    return false;
}

/* What an orchestrator sets for a service called minos-…: MINOS_DISCOVERY_PORT_5567_TCP_ADDR. */
static bool is_service_link(const char *name)
{
    const char *port = strstr(name, "_PORT_");
    size_t size = strlen(name);

    if (strstr(name, "_SERVICE_PORT") != NULL)
        return true;
    if (size > 13 && strcmp(name + size - 13, "_SERVICE_HOST") == 0)
        return true;
    return port != NULL && isdigit((unsigned char)port[6]);
}

/* Guess the variable that a name was meant to be; NULL when nothing is near. */
static const char *suggest_variable(mn_build *build, const char *name)
{
    char variable[MN_WORD_BYTES_MAX + 1];
    char best[sizeof variable] = "";
    size_t best_distance = SIZE_MAX;

    for (const mn_key *row = mn_keys; row->key != NULL; row++) {
        size_t size = strlen(row->key);
        size_t distance;

        if (row->type == MN_KEY_MAP || row->type == MN_KEY_FREE || size > MN_WORD_BYTES_MAX ||
            strcmp(row->key, "version") == 0)
            continue;
        for (size_t i = 0; i <= size; i++)
            variable[i] = row->key[i] == '\0' ? '\0' : variable_char(row->key[i]);
        distance = mn_word_distance(minos_view_of(name), minos_view_of(variable));
        if (distance < best_distance && distance <= 2 && distance * 4 <= size) {
            memcpy(best, variable, sizeof best);
            best_distance = distance;
        }
    }
    return best[0] == '\0' ? NULL : mn_text(build->arena, PREFIX "%s", best);
}

/* Tell whether a name begins as keys of ours do: INTERFACES_, LOG_, … */
static bool begins_like_key(const char *name)
{
    for (const mn_key *row = mn_keys; row->key != NULL; row++) {
        size_t size = strlen(row->key);
        size_t same = 0;
        if (strchr(row->key, '.') != NULL || (row->type != MN_KEY_MAP && row->type != MN_KEY_FREE))
            continue;
        while (same < size && name[same] == variable_char(row->key[same]))
            same++;
        if (same == size && (name[same] == '_' || name[same] == '\0'))
            return true;
    }
    return false;
}

static void set_variable(mn_build *build, const char *variable, const char *text)
{
    mn_origin at = {.kind = MN_ORIGIN_VARIABLE, .name = variable};
    const char *name = variable + strlen(PREFIX);
    mn_entry *settings = mn_build_entry(build, "settings");
    const char *meant;

    if (set_by_variable(build, name, text, at) || set_by_old_database(build, name, text, at))
        return;
    if (strncmp(name, "SETTINGS_", 9) == 0) {
        mn_yaml *leaf = settings->tree == NULL ? NULL : leaf_of(settings->tree, name + 9);
        if (leaf != NULL && check_utf8(build, text, at))
            replace(build, leaf, text, at);
        if (leaf == NULL)
            mn_config_faults_add(&build->faults, at, "settings has no such key in the file");
        return;
    }
    if (is_service_link(name))
        return;
    meant = suggest_variable(build, name);
    if (meant != NULL)
        mn_config_faults_add(&build->faults, at, "there is no such key; did you mean %s?", meant);
    else if (begins_like_key(name))
        mn_config_faults_add(&build->faults, at, "there is no such key");
}

void mn_build_environment(mn_build *build, char *const *variables)
{
    for (; variables != NULL && *variables != NULL; variables++) {
        const char *equals = strchr(*variables, '=');
        size_t size = equals == NULL ? 0 : (size_t)(equals - *variables);

        if (strncmp(*variables, PREFIX, strlen(PREFIX)) == 0 && size > strlen(PREFIX) &&
            size <= VARIABLE_BYTES_MAX)
            set_variable(build, mn_text(build->arena, "%.*s", (int)size, *variables), equals + 1);
    }
}

/* ---- parameters ---- */

/* What an unknown dotted key may stand for; `last` is its last dot, NULL when it has none. */
static const char *meant_by(mn_build *build, const char *key, const char *last)
{
    const char *parent = last == NULL ? "" : mn_text(build->arena, "%.*s", (int)(last - key), key);
    const mn_key *row = mn_key_find(parent);

    if (last != NULL && row == NULL)
        return mn_key_suggest_whole(minos_view_of(key));
    return mn_key_suggest(row == NULL ? "" : row->key,
                          minos_view_of(last == NULL ? key : last + 1));
}

static void set_parameter(mn_build *build, const char *key, const char *text)
{
    mn_origin at = {.kind = MN_ORIGIN_PARAMETER, .name = mn_text(build->arena, "%.255s", key)};
    bool long_ = strlen(key) > MN_CONFIG_KEY_BYTES_MAX;
    const mn_key *row = long_ || strchr(key, '*') != NULL ? NULL : mn_key_find(key);
    const char *last = strrchr(key, '.');
    mn_entry *entry;

    if (text == NULL) {
        mn_config_faults_add(&build->faults, at, "has no value");
    } else if (!check_utf8(build, key, at) || !check_utf8(build, text, at)) {
        return;
    } else if (key[0] == '.' || strstr(key, "..") != NULL || (last != NULL && last[1] == '\0')) {
        mn_config_faults_add(&build->faults, at, "has an empty name in it");
    } else if (!long_ && row == NULL && mn_key_is_below(key, "settings")) {
        put_free(build, mn_build_entry(build, "settings"), key + strlen("settings."), text, at);
    } else if (row == NULL) {
        mn_build_unknown(build, at, at.name, long_ ? NULL : meant_by(build, key, last));
    } else if (strcmp(key, "version") == 0) {
        mn_config_faults_add(&build->faults, at, "is the file's own and cannot be replaced");
    } else if (row->type == MN_KEY_FREE || (row->type == MN_KEY_MAP && !row->shorthand)) {
        mn_config_faults_add(&build->faults, at, "is a map of keys; set the keys below it");
    } else {
        entry = mn_build_entry_make(build, row, at.name, at);
        if (entry != NULL && row->type == MN_KEY_MAP)
            entry = mn_build_entry(build, mn_text(build->arena, "%s.client", key));
        if (entry != NULL)
            mn_entry_set_text(build, entry, text, at);
    }
}

void mn_build_overrides(mn_build *build, const minos_override *overrides)
{
    for (; overrides != NULL && overrides->key != NULL; overrides++)
        set_parameter(build, overrides->key, overrides->value);
}
