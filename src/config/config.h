/*
 * A configuration inside: one entry a key, each with its value and where it came from, and the tree
 * that reads look into.
 *
 * It is built in steps (build.c): the file's nodes, then environment, then parameters set
 * entries, later ones over earlier ones; defaults fill the rest. What this build lacks is judged
 * last, since a file's `kafka` that the environment replaces by `memory` lacks nothing. After
 * that it is constant.
 */
#ifndef MN_CONFIG_CONFIG_H
#define MN_CONFIG_CONFIG_H

#include <stdbool.h>
#include <stddef.h>

#include <minos/codec.h>
#include <minos/config.h>

#include "config/fault.h"
#include "config/key.h"
#include "config/yaml.h"

#define MN_CONFIG_DATABASES_MAX 64
#define MN_CONFIG_ITEMS_MAX     1024 /* of a list of names or files */
#define MN_CONFIG_KEY_BYTES_MAX 255  /* of a dotted key */

/* A value that was understood but that this build lacks; told when it stays in force. */
typedef struct mn_lack {
    struct mn_lack *next;
    mn_origin at;
    const char *text;
} mn_lack;

typedef struct mn_entry {
    const mn_key *row;
    const char *key;   /* dotted, with real names for "*" */
    const char *shown; /* the key as it is written in the file: layout 1 has other names */
    bool is_set;       /* by file, environment or parameters */
    bool has_value;    /* set, or has a default */
    mn_origin origin;  /* of the value */
    minos_value value; /* DURATION: a time span in microseconds; BYTES: an integer */
    mn_yaml *tree;     /* FREE: nodes, which know their own origins */
    mn_lack *lacks;
    bool is_judged; /* what this build lacks of it was told */
} mn_entry;

struct minos_config {
    minos_arena *arena;
    const char *path;  /* of the file, as given; NULL: none */
    mn_entry *entries; /* in the order of the table */
    size_t entry_count;
    minos_value root; /* all that has a value, as a map of maps */
    const minos_plugin **registered;
    size_t registered_count;
};

/* What building passes around. */
typedef struct mn_build {
    minos_config *config;
    minos_arena *arena; /* the config's */
    const char *name;   /* of the file, for messages */
    mn_yaml *root;      /* of the file, in layout 2; NULL: none */
    int version;        /* of the layout it was written in */
    mn_config_faults faults;
    mn_entry *entries; /* room for MN_CONFIG_DATABASES_MAX databases */
    size_t entry_count;
} mn_build;

/*
 * Build a configuration.
 * @param path    file that `text` is of; NULL: it comes from elsewhere
 * @param name    what messages call it
 * @param variables NAME=value, ended by NULL, as the process's; NULL: none
 */
minos_rc mn_config_build(minos_view text, const char *path, const char *name,
                         const minos_override *overrides, char *const *variables,
                         minos_config **ret_config);

/* Find an entry; NULL when there is none. */
mn_entry *mn_build_entry(const mn_build *build, const char *key);
/*
 * Find the entry of a key that has a row, making those of a database when it is named for the first
 * time. NULL, and a fault, past MN_CONFIG_DATABASES_MAX.
 */
mn_entry *mn_build_entry_make(mn_build *build, const mn_key *row, const char *key, mn_origin at);
/* Raise the fault of an unknown key, with a guess at what was meant. */
void mn_build_unknown(mn_build *build, mn_origin at, const char *shown, const char *meant);

/* Set entries from a file's nodes, raising faults as they are met. */
void mn_build_file(mn_build *build);
/* Turn the nodes of the original's first layout into the second. Gives the new root. */
mn_yaml *mn_build_upgrade(mn_build *build, const mn_yaml *root);
/* Write the name of a key in the first layout; false when it has none. */
bool mn_build_downgrade(const char *key, char old[MN_CONFIG_KEY_BYTES_MAX + 1]);
/* Set entries from MINOS_… variables. */
void mn_build_environment(mn_build *build, char *const *variables);
/* Set entries from parameters. */
void mn_build_overrides(mn_build *build, const minos_override *overrides);

/* Set an entry from a node. @param shown  the key as messages call it */
void mn_entry_set_node(mn_build *build, mn_entry *entry, const char *shown, const mn_yaml *node);
/* Set an entry from text of an environment variable, a parameter or a default. */
void mn_entry_set_text(mn_build *build, mn_entry *entry, const char *text, mn_origin at);

/* Give where a key's value comes from; the default when there is no such key. */
mn_origin mn_config_origin(const minos_config *config, const char *key);

/*
 * Append every key with its effective value and where it came from, secrets hidden: a line each, or
 * as one JSON object {"key": {"value": …, "origin": "config.yml:3"}, …}.
 */
minos_rc mn_config_print(const minos_config *config, bool json, minos_buffer *out);

#endif
