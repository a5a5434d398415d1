/*
 * The shape of a value: what its schema is made from. At each place of the value (its root, the
 * items of a list, the values of a map, each field of a record) it says which kinds of value stand
 * there; all lists at one place are one, all maps are, and all records of one name and the same
 * fields.
 *
 * A thread has one builder, whose arrays are reused: a shape is gone when the next one is begun.
 */
#ifndef MN_CODEC_AVRO_SHAPE_H
#define MN_CODEC_AVRO_SHAPE_H

#include <stdbool.h>

#include <minos/value.h>

/*
 * Kinds in the order in which a union names them: that in which the original, which tries one
 * branch after the other, reads each as what it is. A time or a time span must come before a
 * double, but behind an int where one stands beside it: MN_KIND_…_LATE.
 */
typedef enum mn_kind {
    MN_KIND_NULL,
    MN_KIND_BOOLEAN,
    MN_KIND_STRING,
    MN_KIND_BYTES,
    MN_KIND_UUID,
    MN_KIND_TIMEDELTA,
    MN_KIND_TIME,
    MN_KIND_DOUBLE,
    MN_KIND_INT,
    MN_KIND_DATETIME,
    MN_KIND_DATE,
    MN_KIND_TIMEDELTA_LATE,
    MN_KIND_TIME_LATE,
    MN_KIND_RECORD, /* one branch each */
    MN_KIND_MAP,
    MN_KIND_LIST,
    MN_KIND_SET,
    MN_KIND_COUNT
} mn_kind;

#define MN_SHAPE_NONE UINT32_MAX
#define MN_SHAPE_RECORDS_MAX                                                                       \
    900 /* differing records in a value: what a reader takes, less a frame's */

/* What stands at one place. */
typedef struct mn_shape {
    uint32_t kinds;   /* bit k: kind k */
    uint32_t items;   /* place of the items of lists and sets, MN_SHAPE_NONE: none seen */
    uint32_t values;  /* place of the values of maps */
    uint32_t records; /* first of the records, most fields first */
    uint32_t record_count;
    bool is_union; /* set by mn_shape_settle, as are the branches' numbers */
} mn_shape;

typedef struct mn_record_shape {
    const char *name;        /* borrowed from the value, as the pairs are */
    const minos_pair *pairs; /* of the first such record: its field names */
    uint32_t field_count;
    uint32_t fields; /* place of the first field; the others' follow */
    uint32_t next;   /* of the same place */
} mn_record_shape;

typedef struct mn_shapes {
    mn_shape *places; /* [0] is the root */
    uint32_t place_count, place_capacity;
    mn_record_shape *records;
    uint32_t record_count, record_capacity;
    size_t bytes_max; /* the value's encoding takes no more */
} mn_shapes;

/* Find the shape of a value. ETOOBIG when it is nested deeper than MN_VALUE_DEPTH_MAX, EINVAL. */
minos_rc mn_shapes_build(mn_shapes *shapes, const minos_value *value);
void mn_shapes_done(mn_shapes *shapes);

/* The kind of a value; `at` is where it stands. */
static inline mn_kind mn_kind_of(const minos_value *value)
{
    static const uint8_t kinds[] = {
        [MINOS_TYPE_NULL] = MN_KIND_NULL,
        [MINOS_TYPE_BOOL] = MN_KIND_BOOLEAN,
        [MINOS_TYPE_INT] = MN_KIND_INT,
        [MINOS_TYPE_DOUBLE] = MN_KIND_DOUBLE,
        [MINOS_TYPE_STRING] = MN_KIND_STRING,
        [MINOS_TYPE_BYTES] = MN_KIND_BYTES,
        [MINOS_TYPE_LIST] = MN_KIND_LIST,
        [MINOS_TYPE_MAP] = MN_KIND_MAP,
        [MINOS_TYPE_UUID] = MN_KIND_UUID,
        [MINOS_TYPE_DATETIME] = MN_KIND_DATETIME,
        [MINOS_TYPE_DATE] = MN_KIND_DATE,
        [MINOS_TYPE_TIME] = MN_KIND_TIME,
        [MINOS_TYPE_TIMEDELTA] = MN_KIND_TIMEDELTA,
    };
    return (mn_kind)kinds[value->type];
}

/* A record has a name; a map that is only flagged as one is a map. */
static inline bool mn_is_record(const minos_value *map)
{
    return (map->flags & MINOS_VALUE_RECORD) != 0 && map->as.named.name != NULL &&
           map->as.named.name[0] != '\0';
}

/* Find the record among those of a place; MN_SHAPE_NONE when it is not there. */
uint32_t mn_shape_find_record(const mn_shapes *shapes, const mn_shape *place,
                              const minos_value *record);

/* The number of a kind's branch in the union at a place; records follow one another from theirs. */
static inline uint32_t mn_shape_branch(const mn_shape *place, mn_kind kind)
{
    uint32_t before = place->kinds & ((UINT32_C(1) << kind) - 1);
    uint32_t number = (uint32_t)__builtin_popcount(before);
    return kind > MN_KIND_RECORD && place->record_count > 1 ? number + place->record_count - 1
                                                            : number;
}

#endif
