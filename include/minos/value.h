/*
 * Values: what contents and params are made of. A value is immutable once shared, lives in an arena
 * (or, made by the macros below, in the enclosing block), and is passed as `const minos_value *`.
 *
 *     minos_reply(res, MINOS_MAP(MINOS_KV("id", id),
 *                                MINOS_KV("tags", MINOS_LIST(MINOS_ITEM("a")))));
 *
 * What a value points to (text, items, pairs, keys) is borrowed by it: a value made from a local
 * array must not outlive it. minos_value_dup makes a copy that owns nothing outside of its arena.
 * Nothing here yields: @noyield @thread{any; one at a time for values that are being filled}
 */
#ifndef MINOS_VALUE_H
#define MINOS_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <minos/arena.h>
#include <minos/compiler.h>
#include <minos/error.h>
#include <minos/time.h>
#include <minos/uuid.h>
#include <minos/view.h>

MINOS_BEGIN_DECLS

/* X(type, name): every type of value, and the word that messages use for it. */
#define MINOS_TYPE_TABLE(X)                                                                        \
    X(NULL, "null")                                                                                \
    X(BOOL, "a boolean")                                                                           \
    X(INT, "an integer")                                                                           \
    X(DOUBLE, "a number")                                                                          \
    X(STRING, "a string")                                                                          \
    X(BYTES, "bytes")                                                                              \
    X(LIST, "a list")                                                                              \
    X(MAP, "a map")                                                                                \
    X(UUID, "a UUID")                                                                              \
    X(DATETIME, "a date and time")                                                                 \
    X(DATE, "a date")                                                                              \
    X(TIME, "a time of day")                                                                       \
    X(TIMEDELTA, "a time span")

typedef enum minos_type {
#define MINOS_TYPE_ENUM(type, name) MINOS_TYPE_##type,
    MINOS_TYPE_TABLE(MINOS_TYPE_ENUM)
#undef MINOS_TYPE_ENUM
} minos_type;

enum {
    MINOS_VALUE_SET = 1,       /* a LIST whose members are a set (Avro logicalType set) */
    MINOS_VALUE_RECORD = 2,    /* a MAP that is a named record; its name is in `named.name` */
    MINOS_VALUE_TERMINATED = 4 /* a STRING or BYTES with a NUL behind its end */
};

typedef struct minos_pair minos_pair;

/** One value. Read it through the functions below; the members are public for the macros. */
typedef struct minos_value {
    uint8_t type;      /* minos_type */
    uint8_t flags;     /* MINOS_VALUE_… */
    uint16_t reserved; /* the library's; 0 in values made otherwise than by its functions */
    uint32_t size;     /* STRING, BYTES: bytes; LIST: items; MAP: pairs */
    union {
        bool boolean;
        int64_t integer; /* INT; DATETIME µs since 1970 UTC; DATE days since 1970; TIME µs since
                               midnight; TIMEDELTA µs */
        double number;   /* DOUBLE */
        const char *string; /* STRING (UTF-8), BYTES */
        const struct minos_value *items;
        struct {
            const minos_pair *pairs;
            const char *name; /* record name, dotted; NULL for a plain map */
        } named;
        minos_uuid uuid;
    } as;
} minos_value;

/** One entry of a map; order is kept. */
struct minos_pair {
    minos_view key; /* UTF-8 */
    minos_value value;
};

/* ---- make ---- */

/** Make a null. */
MINOS_API minos_value minos_value_null(void);
/** Make a boolean. */
MINOS_API minos_value minos_value_bool(bool boolean);
/** Make an integer. */
MINOS_API minos_value minos_value_int(int64_t integer);
/** Make a number; NaN and infinities are kept, JSON writes them as null. */
MINOS_API minos_value minos_value_double(double number);
/**
 * Make a string from a C string.
 * @param text  UTF-8, borrowed; NULL gives null
 */
MINOS_API minos_value minos_value_text(const char *text);
/**
 * Make a string from a view. It is no C string: minos_value_str refuses it until it is copied.
 * @param view  UTF-8, borrowed, at most UINT32_MAX bytes, may hold NUL bytes
 */
MINOS_API minos_value minos_value_string(minos_view view);
/** Borrow a view that has a NUL behind its end as a string, which then reads as a C string too. */
MINOS_API minos_value minos_value_text_view(minos_view view);
/**
 * Make bytes.
 * @param view  borrowed, at most UINT32_MAX bytes
 */
MINOS_API minos_value minos_value_bytes(minos_view view);
/** Make a UUID. */
MINOS_API minos_value minos_value_uuid(minos_uuid uuid);
/**
 * Make a date and time.
 * @param at  microseconds since 1970-01-01T00:00:00Z
 */
MINOS_API minos_value minos_value_datetime(minos_timestamp at);
/**
 * Make a date.
 * @param days  days since 1970-01-01
 */
MINOS_API minos_value minos_value_date(int64_t days);
/**
 * Make a time of day.
 * @param microseconds  since midnight, 0 .. 86,399,999,999
 */
MINOS_API minos_value minos_value_time(int64_t microseconds);
/**
 * Make a time span.
 * @param microseconds  of either sign
 */
MINOS_API minos_value minos_value_timedelta(int64_t microseconds);
/**
 * Take the value behind a pointer, its insides still borrowed.
 * @param value  NULL gives null
 */
MINOS_API minos_value minos_value_of(const minos_value *value);

/**
 * Make an empty list to be filled with minos_value_append. Fill it before its struct is copied into
 * another value: the copy does not see what is added later.
 * @lifetime{the arena's}
 */
MINOS_API minos_value *minos_value_list_new(minos_arena *arena);
/**
 * Make an empty map to be filled with minos_value_put; see minos_value_list_new.
 * @lifetime{the arena's}
 */
MINOS_API minos_value *minos_value_map_new(minos_arena *arena);
/**
 * Append an item to a list made by minos_value_list_new; constant time on average.
 * @param arena  the one that the list lives in, or one that lives longer
 * @param list   changed
 * @param item   copied, its insides borrowed
 * @retval MINOS_ETOOBIG  the arena's limit is reached; the list is as it was
 * @retval MINOS_EINVAL   `list` was made otherwise
 */
MINOS_API MINOS_MUST_CHECK minos_rc minos_value_append(minos_arena *arena, minos_value *list,
                                                       minos_value item);
/**
 * Put an entry at the end of a map made by minos_value_map_new; the value of a key that is present
 * is replaced at its place. Constant time on average, whatever keys a peer chooses.
 * @param arena  the one that the map lives in, or one that lives longer
 * @param map    changed
 * @param key    UTF-8, borrowed
 * @param value  copied, its insides borrowed
 * @retval MINOS_ETOOBIG  the arena's limit is reached; the map is as it was
 * @retval MINOS_EINVAL   `map` was made otherwise
 */
MINOS_API MINOS_MUST_CHECK minos_rc minos_value_put(minos_arena *arena, minos_value *map,
                                                    minos_view key, minos_value value);
/**
 * Copy a value with all its insides into an arena; strings and bytes get a NUL behind their end.
 * @param value  NULL gives a null
 * @retval MINOS_ETOOBIG  the arena's limit is reached, or the value is nested deeper than 64 levels
 * @lifetime{the copy: the arena's}
 */
MINOS_API MINOS_MUST_CHECK minos_rc minos_value_dup(minos_arena *arena, const minos_value *value,
                                                    const minos_value **ret_copy);

/* ---- read; a NULL value reads as null ---- */

/** Give the type. */
MINOS_API minos_type minos_value_type(const minos_value *value);
/** Name a type as messages do: "a string". */
MINOS_API const char *minos_type_name(minos_type type);
/** Tell whether a value is null. */
MINOS_API bool minos_value_is_null(const minos_value *value);
/** Count the items of a list or the entries of a map; 0 for anything else. */
MINOS_API size_t minos_value_count(const minos_value *value);
/**
 * Give an item of a list.
 * @retval NULL  out of range, or no list
 * @lifetime{until the list grows}
 */
MINOS_API const minos_value *minos_value_at(const minos_value *list, size_t index);
/**
 * Give an entry of a map by its position.
 * @retval NULL  out of range, or no map
 * @lifetime{until the map grows}
 */
MINOS_API const minos_pair *minos_value_pair(const minos_value *map, size_t index);
/**
 * Find the value of a key.
 * @param key  C string
 * @retval NULL  no such key, or no map
 * @lifetime{until the map grows}
 */
MINOS_API const minos_value *minos_value_get(const minos_value *map, const char *key);
/**
 * Find the value of a key that is a view; see minos_value_get.
 * @retval NULL  no such key, or no map
 * @lifetime{until the map grows}
 */
MINOS_API const minos_value *minos_value_find(const minos_value *map, minos_view key);
/** Give the bytes of a string or of bytes; an empty view for anything else. */
MINOS_API minos_view minos_value_view(const minos_value *value);

/*
 * Typed reads of a map's field. `key` NULL reads the value itself. A field that holds null is there
 * and of type null. Messages name the field and both types, so the error can be returned as it is.
 */

/**
 * Read a string as a C string.
 * @param key  field of the map, NULL: the value itself
 * @retval MINOS_EMISSING  no such field; status 400
 * @retval MINOS_ETYPE     of another type, or it holds a NUL character; status 400
 * @retval MINOS_EINVAL    made by minos_value_string and never copied, so that no NUL ends it
 * @lifetime{the value's}
 */
MINOS_API MINOS_MUST_CHECK minos_rc minos_value_str(const minos_value *map, const char *key,
                                                    const char **ret_text);
/**
 * Read a string as a view, NUL characters included.
 * @param key  field of the map, NULL: the value itself
 * @retval MINOS_EMISSING  no such field; status 400
 * @retval MINOS_ETYPE     of another type; status 400
 * @lifetime{the value's}
 */
MINOS_API MINOS_MUST_CHECK minos_rc minos_value_str_view(const minos_value *map, const char *key,
                                                         minos_view *ret_view);
/**
 * Read an integer.
 * @param key  field of the map, NULL: the value itself
 * @retval MINOS_EMISSING  no such field; status 400
 * @retval MINOS_ETYPE     of another type; status 400
 */
MINOS_API MINOS_MUST_CHECK minos_rc minos_value_i64(const minos_value *map, const char *key,
                                                    int64_t *ret_integer);
/**
 * Read a number, integer or double; an integer beyond 2^53 is rounded.
 * @param key  field of the map, NULL: the value itself
 * @retval MINOS_EMISSING  no such field; status 400
 * @retval MINOS_ETYPE     of another type; status 400
 */
MINOS_API MINOS_MUST_CHECK minos_rc minos_value_f64(const minos_value *map, const char *key,
                                                    double *ret_number);
/**
 * Read a boolean.
 * @param key  field of the map, NULL: the value itself
 * @retval MINOS_EMISSING  no such field; status 400
 * @retval MINOS_ETYPE     of another type; status 400
 */
MINOS_API MINOS_MUST_CHECK minos_rc minos_value_flag(const minos_value *map, const char *key,
                                                     bool *ret_boolean);
/**
 * Read a UUID, or a string that spells one.
 * @param key  field of the map, NULL: the value itself
 * @retval MINOS_EMISSING  no such field; status 400
 * @retval MINOS_ETYPE     of another type, or the string spells none; status 400
 */
MINOS_API MINOS_MUST_CHECK minos_rc minos_value_id(const minos_value *map, const char *key,
                                                   minos_uuid *ret_uuid);
/**
 * Read a date and time, or a string that spells one.
 * @param key  field of the map, NULL: the value itself
 * @retval MINOS_EMISSING  no such field; status 400
 * @retval MINOS_ETYPE     of another type, or the string spells none; status 400
 * @std{RFC 3339; digits beyond microseconds are dropped}
 */
MINOS_API MINOS_MUST_CHECK minos_rc minos_value_when(const minos_value *map, const char *key,
                                                     minos_timestamp *ret_at);
/**
 * Read a list.
 * @param key  field of the map, NULL: the value itself
 * @retval MINOS_EMISSING  no such field; status 400
 * @retval MINOS_ETYPE     of another type; status 400
 * @lifetime{the value's}
 */
MINOS_API MINOS_MUST_CHECK minos_rc minos_value_list(const minos_value *map, const char *key,
                                                     const minos_value **ret_list);
/**
 * Read a map.
 * @param key  field of the map, NULL: the value itself
 * @retval MINOS_EMISSING  no such field; status 400
 * @retval MINOS_ETYPE     of another type; status 400
 * @lifetime{the value's}
 */
MINOS_API MINOS_MUST_CHECK minos_rc minos_value_map(const minos_value *map, const char *key,
                                                    const minos_value **ret_map);

/**
 * Tell whether two values are equal: same type and content. Maps and sets are compared regardless
 * of order, records also by name; an integer is not equal to a double, and NaN to nothing.
 */
MINOS_API bool minos_value_equal(const minos_value *a, const minos_value *b);
/**
 * Order two values as the original does: numbers (booleans among them) by size, exactly; texts by
 * code point, bytes by byte; lists by their first items that differ; times and UUIDs.
 * @param ret_order  -1, 0 or 1; untouched when they have no order
 * @retval true   they have an order
 * @retval false  null, maps, sets, NaN, values of differing types
 */
MINOS_API bool minos_value_compare(const minos_value *a, const minos_value *b, int *ret_order);

#ifndef __cplusplus
/** Turn a C value into a minos_value by its type. */
#define MINOS_V(x)                                                                                 \
    _Generic((x),                                                                                  \
        bool: minos_value_bool,                                                                    \
        signed char: minos_value_int,                                                              \
        unsigned char: minos_value_int,                                                            \
        short: minos_value_int,                                                                    \
        unsigned short: minos_value_int,                                                           \
        int: minos_value_int,                                                                      \
        unsigned int: minos_value_int,                                                             \
        long: minos_value_int,                                                                     \
        long long: minos_value_int,                                                                \
        float: minos_value_double,                                                                 \
        double: minos_value_double,                                                                \
        char *: minos_value_text,                                                                  \
        const char *: minos_value_text,                                                            \
        minos_view: minos_value_string,                                                            \
        minos_uuid: minos_value_uuid,                                                              \
        minos_value: minos_value_self,                                                             \
        minos_value *: minos_value_of,                                                             \
        const minos_value *: minos_value_of)(x)

/*
 * One entry of MINOS_MAP. In C11 `true` and `false` are ints, and an int would travel as 1; the
 * spelling is looked at so that MINOS_KV("ok", true) means what it says.
 */
#define MINOS_KV(name, x)                                                                          \
    {                                                                                              \
        .key = minos_view_of(name), .value = minos_value_spelled(MINOS_V(x), #x)                   \
    }
/** A map of entries: a `const minos_value *` that lives until the enclosing block ends. */
#define MINOS_MAP(...)                                                                             \
    (&(const minos_value){                                                                         \
        .type = MINOS_TYPE_MAP,                                                                    \
        .size = (uint32_t)(sizeof((const minos_pair[]){__VA_ARGS__}) / sizeof(minos_pair)),        \
        .as = {.named = {.pairs = (const minos_pair[]){__VA_ARGS__}}}})
/** One item of MINOS_LIST. */
#define MINOS_ITEM(x) minos_value_spelled(MINOS_V(x), #x)
/** A list of items: a `const minos_value *` that lives until the enclosing block ends. */
#define MINOS_LIST(...)                                                                            \
    (&(const minos_value){                                                                         \
        .type = MINOS_TYPE_LIST,                                                                   \
        .size = (uint32_t)(sizeof((const minos_value[]){__VA_ARGS__}) / sizeof(minos_value)),      \
        .as = {.items = (const minos_value[]){__VA_ARGS__}}})
/** One scalar: a `const minos_value *` that lives until the enclosing block ends. */
#define MINOS_VALUE(x) ((const minos_value[1]){minos_value_spelled(MINOS_V(x), #x)})

/* Beneath the macros. */
MINOS_UNUSED static inline minos_value minos_value_self(minos_value value)
{
    return value;
}
MINOS_UNUSED static inline minos_value minos_value_spelled(minos_value value, const char *spelled)
{
    if (value.type == MINOS_TYPE_INT &&
        (strcmp(spelled, "true") == 0 || strcmp(spelled, "false") == 0))
        return minos_value_bool(value.as.integer != 0);
    return value;
}
#endif

MINOS_END_DECLS

#endif
