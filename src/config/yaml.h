/*
 * YAML into a tree of nodes that remember their lines. One document, of maps with text keys,
 * lists and scalars; scalars keep their text, because what it means depends on the key's type.
 *
 * Aliases share the node they name. Its weight and bytes are added at each use, so a
 * file that would unfold to more than MN_YAML_NODES_MAX is refused without being unfolded.
 * YAML 1.2, core schema: yes and no are text.
 */
#ifndef MN_CONFIG_YAML_H
#define MN_CONFIG_YAML_H

#include <stdbool.h>
#include <stddef.h>

#include <minos/arena.h>
#include <minos/value.h>
#include <minos/view.h>

#include "config/fault.h"

#define MN_YAML_BYTES_MAX   (1024 * 1024) /* of a file, and of its text with aliases unfolded */
#define MN_YAML_DEPTH_MAX   32            /* of lists and maps in each other */
#define MN_YAML_NODES_MAX   10000         /* with aliases unfolded */
#define MN_YAML_ANCHORS_MAX 256

typedef enum mn_yaml_kind { MN_YAML_SCALAR, MN_YAML_LIST, MN_YAML_MAP } mn_yaml_kind;

typedef struct mn_yaml mn_yaml;

typedef struct mn_yaml_entry {
    minos_view key; /* NUL-terminated, without NUL inside */
    mn_origin at;   /* of the key */
    mn_yaml *value;
} mn_yaml_entry;

struct mn_yaml {
    mn_yaml_kind kind;
    bool quoted; /* SCALAR: is text whatever it looks like */
    mn_origin at;
    size_t weight;          /* nodes it stands for, itself included */
    size_t bytes;           /* of text in them, keys included */
    minos_view text;        /* SCALAR: NUL-terminated */
    size_t count;           /* of items or entries */
    mn_yaml **items;        /* LIST */
    mn_yaml_entry *entries; /* MAP, in the order written, keys unlike */
    const char *written;    /* the key it had in layout 1, dotted; NULL: where it stands */
};

/*
 * Read a text. Gives NULL when it is no YAML that we take (the faults say why), an empty map for an
 * empty document.
 * @param name  of the file, for messages; lives as long as the arena
 */
mn_yaml *mn_yaml_read(minos_arena *arena, minos_view text, const char *name,
                      mn_config_faults *faults);

/* Make nodes, for overrides and the older layout. */
mn_yaml *mn_yaml_scalar(minos_arena *arena, minos_view text, bool quoted, mn_origin at);
mn_yaml *mn_yaml_map(minos_arena *arena, mn_origin at);
mn_yaml *mn_yaml_list(minos_arena *arena, mn_origin at);
/* Make a list of scalars from text parted by commas; blanks around an item are not part of it. */
mn_yaml *mn_yaml_split(minos_arena *arena, const char *text, bool quoted, mn_origin at);
void mn_yaml_append(minos_arena *arena, mn_yaml *list, mn_yaml *item);
/* Put an entry at the end of a map, or replace its value when the key is there. */
void mn_yaml_put(minos_arena *arena, mn_yaml *map, minos_view key, mn_origin at, mn_yaml *value);
/* Make room for one more entry. */
void mn_yaml_make_room(minos_arena *arena, mn_yaml *map);
/* Copy a node, not what is in it, under its old name in the file. */
mn_yaml *mn_yaml_renamed(minos_arena *arena, const mn_yaml *node, const char *written);
/* Copy a tree, unfolding aliases. */
mn_yaml *mn_yaml_copy(minos_arena *arena, const mn_yaml *node);

/* Find a map's entry, NULL when there is none or the node is no map. */
mn_yaml_entry *mn_yaml_find(const mn_yaml *map, minos_view key);
/* Find by dotted path; "" gives the node itself. */
mn_yaml *mn_yaml_at(mn_yaml *node, const char *path);

/* Resolve a scalar by the core schema: null, a boolean, an integer, a number, or text. */
minos_value mn_yaml_resolve(const mn_yaml *scalar);
/* Turn a whole tree into a value by the core schema. */
minos_value mn_yaml_value(minos_arena *arena, const mn_yaml *node);
/* Name what a node is, as messages do: "a list". */
const char *mn_yaml_noun(const mn_yaml *node);

#endif
