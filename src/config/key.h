/*
 * The keys of a configuration: one table from which checks, defaults, `minos config` and the manual
 * page minos.yml(5) are made. A key that is not a row here does not exist.
 */
#ifndef MN_CONFIG_KEY_H
#define MN_CONFIG_KEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <minos/view.h>

#include "config/name.h"

typedef enum mn_key_type {
    MN_KEY_MAP,  /* holds other keys */
    MN_KEY_FREE, /* holds whatever its owner likes */
    MN_KEY_INT,
    MN_KEY_BYTES,    /* a size: "64 KiB" */
    MN_KEY_DURATION, /* a length of time: "30 s" */
    MN_KEY_BOOL,
    MN_KEY_TEXT,
    MN_KEY_NAME,  /* the short name of a component, or its class in the original */
    MN_KEY_NAMES, /* a list of those */
    MN_KEY_PATHS  /* a list of files, relative to the configuration's folder */
} mn_key_type;

typedef struct mn_key {
    const char *key; /* dotted; "*" stands for any one name */
    mn_key_type type;
    const char *standard; /* the default as a user would write it; NULL: none */
    const char *inherits; /* the key whose value counts when this one is not set */
    int64_t min;          /* INT; BYTES in bytes; DURATION in nanoseconds; TEXT: bytes of it */
    int64_t max;
    const char *absent; /* the component that this build lacks; MAP, FREE: of all keys below */
    const char *doc;    /* one sentence for the manual */
    mn_role role;       /* NAME, NAMES */
    bool secret;        /* is never shown */
    bool shorthand;     /* MAP: text in its place is its key `client` */
} mn_key;

/* The table, in the order of the manual; ended by a row without key. */
extern const mn_key mn_keys[];

/* Find the row of a dotted key, "*" taking any name; NULL when there is none. */
const mn_key *mn_key_find(const char *key);
/* Tell whether a row's key is `prefix`, a dot, and one more name; gives where that name begins. */
bool mn_key_is_child(const mn_key *row, const char *prefix, const char **ret_name);
/* Tell whether `key` lies below `prefix`, "*" in the prefix taking any name. */
bool mn_key_is_below(const char *key, const char *prefix);
/* Give the row of type MAP or FREE and not of this build that a key lies below, NULL when none. */
const mn_key *mn_key_absent_above(const char *key);
/* Guess what an unknown name below `parent` was meant to be; NULL when nothing is near. */
const char *mn_key_suggest(const char *parent, minos_view name);
/* The same for a whole dotted key whose parent is no key either. */
const char *mn_key_suggest_whole(minos_view key);
/* Name a type as messages do: "an integer". */
const char *mn_key_type_noun(mn_key_type type);
/* Tell whether a key of a program's own is to be hidden: a name in it says password, token, … */
bool mn_key_looks_secret(const char *key);

#endif
