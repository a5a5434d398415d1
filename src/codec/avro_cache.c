/*
 * The thread's compiled schemas: see avro_schema.h.
 *
 * A message carries its schema, some 900 bytes, in which the original puts fresh UUIDs. Finding it
 * must cost less than reading the message: what was found last for a text of this size is tried
 * first, run by run between its UUIDs. What stands in their place only has to be of a UUID's
 * characters: it then is one segment of a namespace, which means nothing. Only then is the text
 * hashed, whatever looks like a UUID left out.
 */
#include "codec/avro.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "base/list.h"

#define BUCKETS     256u
#define FRONT       64u                /* places of what was found last, by size */
#define ENTRY_LIMIT ((size_t)16 << 20) /* of one compiled schema */

#define ONES  UINT64_C(0x0101010101010101)
#define HIGHS UINT64_C(0x8080808080808080)

typedef struct entry {
    mn_avro_schema schema; /* first: what is given out is the entry */
    mn_list by_use;
    struct entry *chain; /* in its bucket */
    uint64_t hash;
    minos_view text;
    uint32_t pins; /* given out and not yet given back */
    bool is_kept;
    minos_arena arena;
} entry;

typedef struct cache {
    entry *buckets[BUCKETS];
    entry *front[FRONT];
    mn_list by_use; /* the newest first */
    entry *spare;   /* what fell out last, for reuse */
    mn_avro_cache_counts counts;
} cache;

static _Thread_local cache *cache_of_thread;
static pthread_key_t cache_key; /* frees it when the thread ends */
static pthread_once_t cache_once = PTHREAD_ONCE_INIT;

static void entry_free(entry *it)
{
    if (it == NULL)
        return;
    mn_arena_done(&it->arena);
    free(it);
}

static void cache_free(void *memory)
{
    cache *own = memory;

    while (!mn_list_empty(&own->by_use)) {
        entry *it = mn_container(own->by_use.next, entry, by_use);
        mn_list_remove(&it->by_use);
        entry_free(it);
    }
    entry_free(own->spare);
    free(own);
    cache_of_thread = NULL;
}

static void key_make(void)
{
    if (pthread_key_create(&cache_key, cache_free) != 0)
        abort();
}

static cache *cache_get(void)
{
    if (MINOS_LIKELY(cache_of_thread != NULL))
        return cache_of_thread;
    pthread_once(&cache_once, key_make);
    cache_of_thread = mn_new(cache);
    mn_list_init(&cache_of_thread->by_use);
    pthread_setspecific(cache_key, cache_of_thread);
    return cache_of_thread;
}

/* ---- keys ---- */

/* The high bits of a word's bytes that lie in first..last, both below 0x80. */
static inline uint64_t bytes_between(uint64_t word, unsigned first, unsigned last)
{
    uint64_t low = word & ~HIGHS;
    return (low + ONES * (0x80 - first)) & ~(low + ONES * (0x7f - last)) & ~word & HIGHS;
}

/* The bytes that a UUID may be of; capital letters too. */
static inline uint64_t uuid_bytes(uint64_t word)
{
    uint64_t lower = word | ONES * 0x20;
    return bytes_between(word, '-', '-') | bytes_between(word, '0', '9') |
           bytes_between(lower, 'a', 'f');
}

static inline uint64_t load(const char *at)
{
    uint64_t word;
    memcpy(&word, at, sizeof word);
    return word;
}

/* Four lanes, since one would wait for its multiplications. */
typedef struct lanes {
    uint64_t sums[4];
} lanes;

static inline void lanes_add(lanes *it, const char *at, size_t size)
{
    uint64_t last[4] = {0};

    for (; size >= sizeof last; at += sizeof last, size -= sizeof last)
        for (int i = 0; i < 4; i++) {
            uint64_t sum = (it->sums[i] ^ load(at + 8 * i)) * UINT64_C(0xff51afd7ed558ccd);
            it->sums[i] = sum ^ sum >> 32;
        }
    memcpy(last, at, size);
    for (int i = 0; i < 4; i++) {
        uint64_t sum = (it->sums[i] ^ last[i]) * UINT64_C(0x9e3779b97f4a7c15);
        it->sums[i] = sum ^ sum >> 29;
    }
}

/* Find the next UUID by its hyphens; NULL when there is none. */
static const char *uuid_find(const char *at, const char *end)
{
    while ((at = memchr(at, '-', (size_t)(end - at))) != NULL) {
        if (end - at >= MN_AVRO_UUID_BYTES_TEXT - 8 && at[5] == '-' && at[10] == '-' &&
            at[15] == '-')
            return at - 8;
        at++;
    }
    return NULL;
}

static uint64_t hash_of(minos_view text)
{
    const char *at = text.data, *end = text.data + text.size, *uuid;
    lanes sums = {{text.size, 1, 2, 3}};

    while (end - at > 8 && (uuid = uuid_find(at + 8, end)) != NULL) {
        lanes_add(&sums, at, (size_t)(uuid - at));
        at = uuid + MN_AVRO_UUID_BYTES_TEXT;
    }
    lanes_add(&sums, at, (size_t)(end - at));
    return sums.sums[0] ^ sums.sums[1] * 3 ^ sums.sums[2] * 5 ^ sums.sums[3] * 7;
}

/* Tell whether 36 characters could be a UUID's. */
static inline bool may_be_uuid(const char *text)
{
    uint64_t all = uuid_bytes(load(text)) & uuid_bytes(load(text + 8)) &
                   uuid_bytes(load(text + 16)) & uuid_bytes(load(text + 24)) &
                   uuid_bytes(load(text + 28));
    return all == HIGHS;
}

static bool means_the_same(const entry *it, minos_view text)
{
    uint32_t masks = it->schema.has_references ? 0 : it->schema.mask_count;
    size_t at = 0;

    if (it->text.size != text.size)
        return false;
    for (uint32_t i = 0; i < masks; i++) {
        size_t mask = it->schema.masks[i];
        if (memcmp(it->text.data + at, text.data + at, mask - at) != 0 ||
            !may_be_uuid(text.data + mask))
            return false;
        at = mask + MN_AVRO_UUID_BYTES_TEXT;
    }
    return memcmp(it->text.data + at, text.data + at, text.size - at) == 0;
}

/* Masks lie in the text in the order of its names, nearly: a namespace may follow its fields. */
static void masks_sort(mn_avro_schema *schema)
{
    for (uint32_t i = 1; i < schema->mask_count; i++) {
        uint32_t mask = schema->masks[i], j = i;
        for (; j > 0 && schema->masks[j - 1] > mask; j--)
            schema->masks[j] = schema->masks[j - 1];
        schema->masks[j] = mask;
    }
}

/* ---- entries ---- */

static entry *spare_take(cache *own)
{
    entry *it = own->spare;

    own->spare = NULL;
    if (it == NULL) {
        it = mn_new(entry);
        mn_arena_init(&it->arena, ENTRY_LIMIT);
    }
    mn_list_init(&it->by_use);
    return it;
}

static void spare_give(cache *own, entry *it)
{
    entry_free(own->spare);
    minos_arena_reset(&it->arena);
    own->spare = it;
}

static void drop(cache *own, entry *it)
{
    entry **link = &own->buckets[it->hash % BUCKETS];

    while (*link != it)
        link = &(*link)->chain;
    *link = it->chain;
    mn_list_remove(&it->by_use);
    own->counts.schemas--;
    own->counts.bytes -= it->arena.taken;
    it->is_kept = false;
    if (own->front[it->text.size % FRONT] == it)
        own->front[it->text.size % FRONT] = NULL;
    if (it->pins == 0)
        spare_give(own, it);
}

static void keep(cache *own, entry *it)
{
    entry **bucket = &own->buckets[it->hash % BUCKETS];

    it->chain = *bucket;
    *bucket = it;
    it->is_kept = true;
    mn_list_insert(own->by_use.next, &it->by_use);
    own->counts.schemas++;
    own->counts.bytes += it->arena.taken;
    while (own->counts.schemas > MN_AVRO_CACHE_SCHEMAS_MAX ||
           (own->counts.bytes > MN_AVRO_CACHE_BYTES_MAX && own->counts.schemas > 1))
        drop(own, mn_container(own->by_use.prev, entry, by_use));
}

static minos_rc compile_new(cache *own, minos_view text, uint64_t hash, entry **ret_entry)
{
    entry *it = spare_take(own);
    minos_rc rc;

    it->hash = hash;
    it->text = mn_arena_try_dup(&it->arena, text);
    if (it->text.data == NULL)
        rc = minos_fail(MINOS_ETOOBIG, "an Avro schema of %zu bytes", text.size);
    else
        rc = mn_avro_schema_compile(it->text, &it->arena, &it->schema);
    if (rc != MINOS_OK) {
        spare_give(own, it);
        return rc;
    }
    masks_sort(&it->schema);
    *ret_entry = it;
    return MINOS_OK;
}

static inline void touch(cache *own, entry *it)
{
    if (own->by_use.next == &it->by_use)
        return;
    mn_list_remove(&it->by_use);
    mn_list_insert(own->by_use.next, &it->by_use);
}

/* Find by hash, or compile. */
static minos_rc find(cache *own, minos_view text, entry **ret_entry)
{
    uint64_t hash = hash_of(text);
    entry *it = own->buckets[hash % BUCKETS];

    while (it != NULL && (it->hash != hash || !means_the_same(it, text)))
        it = it->chain;
    if (it == NULL) {
        own->counts.misses++;
        MINOS_TRY(compile_new(own, text, hash, &it));
        keep(own, it);
    } else {
        own->counts.hits++;
        touch(own, it);
    }
    *ret_entry = it;
    return MINOS_OK;
}

minos_rc mn_avro_schema_take(minos_view text, const mn_avro_schema **ret_schema)
{
    cache *own = cache_get();
    entry **front = &own->front[text.size % FRONT], *it = *front;

    if (MINOS_LIKELY(it != NULL && means_the_same(it, text))) {
        own->counts.hits++;
        touch(own, it);
    } else {
        MINOS_TRY(find(own, text, &it));
        *front = it->is_kept ? it : NULL;
    }
    it->pins++;
    *ret_schema = &it->schema;
    return MINOS_OK;
}

void mn_avro_schema_give(const mn_avro_schema *schema)
{
    entry *it = (entry *)schema;

    if (--it->pins == 0 && !it->is_kept)
        spare_give(cache_get(), it);
}

mn_avro_cache_counts mn_avro_cache_count(void)
{
    return cache_get()->counts;
}
