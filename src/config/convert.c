/*
 * Nodes and text into the values of entries, by the type of their key. Every refusal says what was
 * found, what is wanted, and never shows a secret.
 */
#include <string.h>

#include "base/arena.h"
#include "config/config.h"
#include "config/scalar.h"

#define SHOWN_BYTES_MAX 80 /* of a value in a message */

/* One conversion: where it happens and what it makes. */
typedef struct conversion {
    mn_build *build;
    const mn_key *row;
    const char *shown; /* the key as messages call it; NULL: the place says it already */
    mn_origin at;
    mn_lack *lacks;
    mn_lack **lacks_end;
} conversion;

/* Raise a fault at the value; gives false, so that a refusal is one `return`. */
#define refuse(c, ...) (raise_fault(c, mn_text((c)->build->arena, __VA_ARGS__)), false)

static void raise_fault(const conversion *c, const char *text)
{
    if (c->shown == NULL)
        mn_config_faults_add(&c->build->faults, c->at, "%s", text);
    else
        mn_config_faults_add(&c->build->faults, c->at, "%s: %s", c->shown, text);
}

static void add_lack(conversion *c, const char *text)
{
    mn_lack *lack = mn_arena_make(c->build->arena, mn_lack);
    lack->at = c->at;
    lack->text = c->shown == NULL ? text : mn_text(c->build->arena, "%s: %s", c->shown, text);
    *c->lacks_end = lack;
    c->lacks_end = &lack->next;
}

/* Show a value in a message: cut, without control characters; a secret not at all. */
static const char *show(const conversion *c, minos_view text)
{
    char shown[SHOWN_BYTES_MAX + 8];
    size_t size = 0;

    if (c->row->secret)
        return "the value";
    shown[size++] = '"';
    for (size_t i = 0; i < text.size && size < SHOWN_BYTES_MAX; i++)
        shown[size++] = (unsigned char)text.data[i] < ' ' ? '?' : text.data[i];
    /* Do not cut within a character of UTF-8. */
    while (size == SHOWN_BYTES_MAX && ((unsigned char)shown[size - 1] & 0xC0) == 0x80)
        size--;
    if (size < text.size + 1)
        size += (size_t)(stpcpy(shown + size, "…") - (shown + size));
    shown[size++] = '"';
    shown[size] = '\0';
    return mn_text(c->build->arena, "%s", shown);
}

/* Write a bound of a key in its unit. */
static const char *bound_text(minos_arena *arena, const mn_key *row, int64_t bound)
{
    char text[MN_UNIT_TEXT_BYTES];

    if (row->type == MN_KEY_DURATION)
        mn_scalar_duration_text(bound, text);
    else if (row->type == MN_KEY_BYTES)
        mn_scalar_bytes_text(bound, text);
    else
        return mn_text(arena, "%lld", (long long)bound);
    return mn_text(arena, "%s", text);
}

static bool check_range(conversion *c, minos_view text, int64_t number)
{
    const mn_key *row = c->row;
    minos_arena *arena = c->build->arena;

    if (number < row->min || number > row->max)
        return refuse(c, "%.*s is out of range: %s to %s", (int)text.size, text.data,
                      bound_text(arena, row, row->min), bound_text(arena, row, row->max));
    return true;
}

static bool convert_int(conversion *c, minos_view text, minos_value *ret_value)
{
    int64_t integer;

    if (!mn_scalar_int(text, &integer))
        return refuse(c, "must be an integer, is %s", show(c, text));
    *ret_value = minos_value_int(integer);
    return check_range(c, text, integer);
}

static bool convert_unit(conversion *c, minos_view text, minos_value *ret_value)
{
    bool is_time = c->row->type == MN_KEY_DURATION;
    int64_t amount = 0;
    mn_unit_rc rc = is_time ? mn_scalar_duration(text, &amount) : mn_scalar_bytes(text, &amount);

    switch (rc) {
    case MN_UNIT_NO_NUMBER:
        return refuse(c, "must be %s, is %s", mn_key_type_noun(c->row->type), show(c, text));
    case MN_UNIT_UNKNOWN:
        return refuse(c, "%s has no unit that we know: %s", show(c, text),
                      is_time ? "us, ms, s, min, h, d" : "B, KiB, MiB, GiB");
    case MN_UNIT_TOO_FINE:
        return refuse(c, "%s is finer than a whole %s", show(c, text),
                      is_time ? "microsecond" : "byte");
    case MN_UNIT_TOO_LARGE:
        return refuse(c, "%s is out of range: %s to %s", show(c, text),
                      bound_text(c->build->arena, c->row, c->row->min),
                      bound_text(c->build->arena, c->row, c->row->max));
    default:
        break;
    }
    *ret_value = is_time ? minos_value_timedelta(amount / MINOS_US) : minos_value_int(amount);
    return check_range(c, text, amount);
}

static bool convert_bool(conversion *c, minos_view text, minos_value *ret_value)
{
    bool yes = minos_view_is(text, "true");

    if (!yes && !minos_view_is(text, "false"))
        return refuse(c, "must be true or false, is %s", show(c, text));
    *ret_value = minos_value_bool(yes);
    return true;
}

/* Such text comes from a broken file or a missing trim; in a log or a protocol it does harm. */
static bool has_control(minos_view text)
{
    for (size_t i = 0; i < text.size; i++)
        if ((unsigned char)text.data[i] < ' ' || text.data[i] == 0x7F)
            return true;
    return false;
}

static bool convert_text(conversion *c, minos_view text, minos_value *ret_value)
{
    if (text.size == 0)
        return refuse(c, "is empty");
    if (has_control(text))
        return refuse(c, "holds a control character");
    if ((int64_t)text.size > c->row->max)
        return refuse(c, "is longer than %lld bytes", (long long)c->row->max);
    *ret_value = minos_value_string(text);
    return true;
}

/* Say what names a role has: "memory, sqlite, …". */
static const char *names_of(minos_arena *arena, mn_role role)
{
    const char *names = NULL;
    for (const mn_name *row = mn_names; row->name != NULL; row++)
        if (row->role == role)
            names = names == NULL ? row->name : mn_text(arena, "%s, %s", names, row->name);
    return names == NULL ? "none" : names;
}

static const char *article(mn_role role)
{
    return strncmp(mn_role_noun(role), "HTTP", 4) == 0 ? "an" : "a";
}

static bool refuse_name(conversion *c, minos_view text)
{
    mn_role role = c->row->role;
    const mn_name *other = mn_name_find_original(text);
    const mn_name *near = mn_name_suggest(role, text);

    if (other != NULL)
        return refuse(c, "%s is %s %s, not %s %s", show(c, text), article(other->role),
                      mn_role_noun(other->role), article(role), mn_role_noun(role));
    if (near != NULL)
        return refuse(c, "there is no %s %s; did you mean \"%s\"?", mn_role_noun(role),
                      show(c, text), near->name);
    return refuse(c, "there is no %s %s; known: %s", mn_role_noun(role), show(c, text),
                  names_of(c->build->arena, role));
}

static bool convert_name(conversion *c, minos_view text, minos_value *ret_value)
{
    mn_role role = c->row->role;
    const mn_name *name = mn_name_find(role, text);

    if (text.size == 0)
        return refuse(c, "is empty");
    if (has_control(text))
        return refuse(c, "holds a control character");
    if (name == NULL && (!mn_role_open(role) || mn_name_find_original(text) != NULL))
        return refuse_name(c, text);
    if (name != NULL && name->absent && minos_view_is(text, name->name))
        add_lack(c, mn_text(c->build->arena, "the %s \"%s\" is not in this build",
                            mn_role_noun(role), name->name));
    else if (name != NULL && name->absent)
        add_lack(c, mn_text(c->build->arena, "the %s \"%s\" (%.*s) is not in this build",
                            mn_role_noun(role), name->name, (int)text.size, text.data));
    *ret_value = name == NULL ? minos_value_string(text) : minos_value_text(name->name);
    return true;
}

/* Files named in the configuration file lie beside it; those named elsewhere, where we run. */
static bool convert_path(conversion *c, minos_view text, minos_value *ret_value)
{
    const char *path = c->build->config->path;
    const char *slash = path == NULL ? NULL : strrchr(path, '/');

    if (text.size == 0)
        return refuse(c, "is empty");
    if (has_control(text))
        return refuse(c, "holds a control character");
    if (text.size > (size_t)c->row->max)
        return refuse(c, "is longer than %lld bytes", (long long)c->row->max);
    if (c->at.kind != MN_ORIGIN_FILE || slash == NULL || text.data[0] == '/') {
        *ret_value = minos_value_string(text);
    } else {
        size_t folder = (size_t)(slash - path) + 1;
        char *joined = mn_arena_raw(c->build->arena, folder + text.size + 1);
        memcpy(joined, path, folder);
        memcpy(joined + folder, text.data, text.size);
        joined[folder + text.size] = '\0';
        *ret_value = minos_value_string(minos_view_make(joined, folder + text.size));
    }
    return true;
}

static bool convert_scalar(conversion *c, minos_view text, minos_value *ret_value)
{
    switch (c->row->type) {
    case MN_KEY_INT:
        return convert_int(c, text, ret_value);
    case MN_KEY_BYTES:
    case MN_KEY_DURATION:
        return convert_unit(c, text, ret_value);
    case MN_KEY_BOOL:
        return convert_bool(c, text, ret_value);
    case MN_KEY_TEXT:
        return convert_text(c, text, ret_value);
    case MN_KEY_PATHS:
        return convert_path(c, text, ret_value);
    default:
        return convert_name(c, text, ret_value);
    }
}

/* Refuse a scalar of YAML whose kind is not that of the key. */
static bool check_kind(conversion *c, const mn_yaml *node)
{
    const char *noun = mn_key_type_noun(c->row->type == MN_KEY_NAMES   ? MN_KEY_NAME
                                        : c->row->type == MN_KEY_PATHS ? MN_KEY_TEXT
                                                                       : c->row->type);
    minos_value value;

    if (node->kind != MN_YAML_SCALAR)
        return refuse(c, "must be %s, is %s", noun, mn_yaml_noun(node));
    value = mn_yaml_resolve(node);
    if (value.type == MINOS_TYPE_NULL)
        return refuse(c, "is empty");
    switch (c->row->type) {
    case MN_KEY_INT:
        if (value.type == MINOS_TYPE_INT)
            return true;
        return refuse(c, "must be %s, is %s%s", noun, mn_yaml_noun(node),
                      node->quoted ? "; take the quotes away" : "");
    case MN_KEY_BOOL:
        if (value.type == MINOS_TYPE_BOOL)
            return true;
        break;
    case MN_KEY_BYTES:
    case MN_KEY_DURATION:
        if (value.type != MINOS_TYPE_BOOL)
            return true;
        break;
    default:
        if (value.type == MINOS_TYPE_STRING)
            return true;
        return refuse(c, "must be %s, is %s; put it in quotes", noun, mn_yaml_noun(node));
    }
    return refuse(c, "must be %s, is %s", noun, mn_yaml_noun(node));
}

static bool convert_item(conversion *c, const mn_yaml *node, minos_value *ret_value)
{
    c->at = node->at;
    if (!check_kind(c, node))
        return false;
    if (c->row->type == MN_KEY_BOOL) {
        *ret_value = mn_yaml_resolve(node);
        return true;
    }
    return convert_scalar(c, node->text, ret_value);
}

static bool is_list(const mn_key *row)
{
    return row->type == MN_KEY_NAMES || row->type == MN_KEY_PATHS;
}

static bool convert_list(conversion *c, const mn_yaml *list, minos_value *ret_value)
{
    minos_value *items;
    bool good = true;

    if (list->count > MN_CONFIG_ITEMS_MAX)
        return refuse(c, "has more than %d items", MN_CONFIG_ITEMS_MAX);
    items = mn_arena_array(c->build->arena, minos_value, list->count);
    for (size_t i = 0; i < list->count; i++) {
        good = convert_item(c, list->items[i], &items[i]) && good;
        for (size_t j = 0; good && j < i; j++)
            if (minos_view_equal(minos_value_view(&items[i]), minos_value_view(&items[j])))
                good = refuse(c, "%s is here twice", show(c, list->items[i]->text));
    }
    *ret_value = (minos_value){.type = MINOS_TYPE_LIST, .size = (uint32_t)list->count};
    ret_value->as.items = items;
    return good;
}

/* Keys of a service's own are read by their dotted names, so those have the limit of all keys. */
static bool check_free_keys(conversion *c, const mn_yaml *node, size_t above)
{
    for (size_t i = 0; i < node->count; i++) {
        const mn_yaml *value = node->kind == MN_YAML_MAP ? node->entries[i].value : node->items[i];
        size_t size = above;
        if (node->kind == MN_YAML_MAP)
            size += 1 + node->entries[i].key.size;
        if (size > MN_CONFIG_KEY_BYTES_MAX) {
            c->at = node->entries[i].at;
            return refuse(c, "holds a dotted key longer than %d bytes", MN_CONFIG_KEY_BYTES_MAX);
        }
        if (value->kind != MN_YAML_SCALAR && !check_free_keys(c, value, size))
            return false;
    }
    return true;
}

static void store(mn_entry *entry, conversion *c, mn_origin at, minos_value value)
{
    if (entry->row->absent != NULL && entry->row->type != MN_KEY_FREE)
        add_lack(c, mn_text(c->build->arena, "%s is not in this build", entry->row->absent));
    entry->is_set = at.kind != MN_ORIGIN_DEFAULT;
    entry->has_value = true;
    entry->origin = at;
    entry->value = value;
    entry->lacks = c->lacks;
}

static conversion conversion_of(mn_build *build, const mn_entry *entry, const char *shown,
                                mn_origin at)
{
    return (conversion){.build = build, .row = entry->row, .shown = shown, .at = at};
}

void mn_entry_set_node(mn_build *build, mn_entry *entry, const char *shown, const mn_yaml *node)
{
    conversion c = conversion_of(build, entry, shown, node->at);
    minos_value value;
    bool good;

    c.lacks_end = &c.lacks;
    if (entry->row->type == MN_KEY_FREE) {
        if (strcmp(mn_yaml_noun(node), "empty") == 0)
            return;
        if (node->kind != MN_YAML_MAP) {
            (void)refuse(&c, "must be a map of keys, is %s", mn_yaml_noun(node));
            return;
        }
        if (!check_free_keys(&c, node, strlen(entry->key)))
            return;
        entry->tree = mn_yaml_copy(build->arena, node);
        value = mn_yaml_value(build->arena, node);
        good = true;
    } else if (is_list(entry->row)) {
        if (node->kind != MN_YAML_LIST) {
            (void)refuse(&c, "must be %s, is %s%s", mn_key_type_noun(entry->row->type),
                         mn_yaml_noun(node),
                         strcmp(mn_yaml_noun(node), "empty") == 0 ? "; write [] for none" : "");
            return;
        }
        good = convert_list(&c, node, &value);
    } else {
        good = convert_item(&c, node, &value);
    }
    if (good)
        store(entry, &c, node->at, value);
}

void mn_entry_set_text(mn_build *build, mn_entry *entry, const char *text, mn_origin at)
{
    conversion c = conversion_of(build, entry, NULL, at);
    size_t size = strlen(text);
    char *copy = memcpy(mn_arena_raw(build->arena, size + 1), text, size + 1);
    minos_value value;
    bool good;

    c.lacks_end = &c.lacks;
    if (is_list(entry->row))
        good = convert_list(&c, mn_yaml_split(build->arena, text, true, at), &value);
    else if (size == 0)
        good = refuse(&c, "is empty");
    else
        good = convert_scalar(&c, minos_view_make(copy, size), &value);
    if (good)
        store(entry, &c, at, value);
}
