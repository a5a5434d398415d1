/*
 * Schemas of Avro, compiled: JSON text into a table of nodes that a reader walks. Node 0 and those
 * behind it up to MN_AVRO_LEAVES are the types without parts, one each, so that a node's number is
 * also what it is.
 */
#ifndef MN_CODEC_AVRO_SCHEMA_H
#define MN_CODEC_AVRO_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <minos/arena.h>
#include <minos/error.h>
#include <minos/view.h>

#define MN_AVRO_SCHEMA_BYTES_MAX ((size_t)1 << 20) /* of a schema's text */
#define MN_AVRO_SCHEMA_JSON_MAX  512               /* nesting of its text */
#define MN_AVRO_SCHEMA_DEPTH_MAX 200               /* types within types */
#define MN_AVRO_NAMES_MAX        1000              /* records, enums and fixed with a name */
#define MN_AVRO_FIELDS_MAX       1000              /* fields of a record, branches, symbols */
#define MN_AVRO_FIXED_BYTES_MAX  ((int64_t)16 << 20)

/* What the bytes of a node are, and which value they become. */
typedef enum mn_avro_op {
    MN_AVRO_NULL,
    MN_AVRO_BOOLEAN,
    MN_AVRO_LONG, /* int too */
    MN_AVRO_FLOAT,
    MN_AVRO_DOUBLE,
    MN_AVRO_BYTES,
    MN_AVRO_STRING,
    MN_AVRO_UUID_STRING,
    MN_AVRO_UUID_BYTES,
    MN_AVRO_DATE,
    MN_AVRO_TIME_MILLIS,
    MN_AVRO_TIME_MICROS,
    MN_AVRO_TIMESTAMP_MILLIS,
    MN_AVRO_TIMESTAMP_MICROS,
    MN_AVRO_TIMEDELTA,
    MN_AVRO_LEAVES, /* no op: from here on a node has parts of its own */
    MN_AVRO_ENUM = MN_AVRO_LEAVES,
    MN_AVRO_FIXED,
    MN_AVRO_UUID_FIXED,
    MN_AVRO_ARRAY,
    MN_AVRO_SET,
    MN_AVRO_MAP,
    MN_AVRO_RECORD,
    MN_AVRO_UNION
} mn_avro_op;

typedef struct mn_avro_node {
    mn_avro_op op;
    uint32_t count;  /* fields, branches, symbols; FIXED: bytes */
    uint32_t first;  /* the first of them among the edges; ARRAY, SET, MAP: node of the items */
    minos_view name; /* RECORD: dotted, the last segment of its namespace dropped */
} mn_avro_node;

/* A field of a record, a branch of a union (no name), or a symbol of an enum (no node). */
typedef struct mn_avro_edge {
    minos_view name;
    uint32_t node;
} mn_avro_edge;

typedef struct mn_avro_schema {
    mn_avro_node *nodes;
    mn_avro_edge *edges;
    uint32_t node_count;
    uint32_t edge_count;
    uint32_t node_capacity;
    uint32_t edge_capacity;
    uint32_t root;
    /*
     * Offsets in the text of namespace segments that are UUIDs: texts that differ there only mean
     * the same, unless a name is referred to.
     */
    uint32_t *masks;
    uint32_t mask_count;
    uint32_t mask_capacity;
    bool has_references;
} mn_avro_schema;

#define MN_AVRO_UUID_BYTES_TEXT 36

/* Tell whether 36 characters are a UUID in lower or upper case, hyphens included. */
bool mn_avro_is_uuid(const char *text);

/*
 * Compile a schema's text, which the arena holds and which outlives the schema: names are borrowed
 * from it. EPARSE saying where, ETOOBIG past a limit.
 */
minos_rc mn_avro_schema_compile(minos_view text, minos_arena *arena, mn_avro_schema *ret_schema);

/*
 * The thread's cache of compiled schemas, by text, in which the UUIDs of namespaces count for
 * nothing. Take gives one that stays until it is given back; what is not used falls out when the
 * cache is full, the least recently taken first.
 */
minos_rc mn_avro_schema_take(minos_view text, const mn_avro_schema **ret_schema);
void mn_avro_schema_give(const mn_avro_schema *schema);
/* Counts of the thread's cache, for tests. */
typedef struct mn_avro_cache_counts {
    size_t schemas, bytes, hits, misses;
} mn_avro_cache_counts;
mn_avro_cache_counts mn_avro_cache_count(void);

#endif
