/*
 * Stores: groups, savepoints, lost groups, the end of waits; on real files, really and simulated.
 */
#include "support/store.h"

#include <sys/stat.h>

static minos_rc writes_and_reads(void *argument)
{
    fixture *self = argument;
    mn_store *store, *shared;
    mn_store_options other = {.path = self->path, .service = "orders"};

    assert_ok(fixture_open(self, &store));
    assert_ok(put_word(store, "one", MN_OP_SYNCED));
    assert_ok(put_word(store, "two", 0));
    assert_int_equal(count_words(store, "%"), 2);
    assert_fails(put_word(store, "two", MN_OP_SYNCED), MINOS_EEXISTS, "UNIQUE constraint failed");
    assert_ok(fixture_open(self, &shared));
    assert_ptr_equal(shared, store);
    mn_store_close(shared);
    assert_fails(mn_store_open(&other, &shared), MINOS_ECONFIG,
                 "is open for users, not for orders");
    assert_ok(put_word(store, "three", MN_OP_SYNCED));
    mn_store_close(store);

    assert_ok(fixture_open(self, &store));
    assert_int_equal(count_words(store, "%"), 3);
    mn_store_close(store);
    mn_store_close(NULL);
    return MINOS_OK;
}

/* A hundred senders share their syncs, and each is told once. */
static minos_rc commits_in_groups(void *argument)
{
    enum { COUNT = 250 };
    fixture *self = argument;
    static put puts[COUNT];
    static char words[COUNT][16];
    mn_store *store;
    mn_store_stats stats;

    assert_ok(fixture_open(self, &store));
    memset(puts, 0, sizeof puts);
    for (int i = 0; i < COUNT; i++) {
        snprintf(words[i], sizeof words[i], "w%d", i);
        puts[i] = (put){.op = {.ops = &put_ops, .flags = MN_OP_SYNCED}, .text = words[i]};
        mn_store_submit(store, &puts[i].op);
    }
    assert_ok(put_word(store, "last", 0)); /* in order: all before it are committed */
    assert_int_equal(count_words(store, "w%"), COUNT);
    stats = mn_store_stats_of(store);
    assert_int_equal(stats.operations, COUNT + 1);
    assert_true(stats.groups < COUNT / 2);
    mn_store_close(store);
    for (int i = 0; i < COUNT; i++) {
        assert_int_equal(puts[i].times_told, 1);
        assert_int_equal(puts[i].told, MINOS_OK);
        assert_int_equal(puts[i].id, i + 1);
    }
    return MINOS_OK;
}

/*
 * What an operation does to its neighbours: none but itself fails, none is lost, each is told once.
 */
typedef struct neighbour_row {
    const char *name;
    const char *sql; /* the bad one's second statement */
    unsigned flags;
    minos_rc rc;
    const char *part; /* of its message */
    bool replays;     /* its neighbours run twice */
} neighbour_row;

static const neighbour_row neighbour_rows[] = {
    {"fails in a savepoint", "INSERT INTO nowhere VALUES(1)", 0, MINOS_EINVAL, "no such table",
     false},
    {"fails without a savepoint", "INSERT INTO nowhere VALUES(1)", MN_OP_PLAIN, MINOS_EINVAL,
     "no such table", true},
    {"OR ROLLBACK", "INSERT OR ROLLBACK INTO word(text) VALUES('first')", 0, MINOS_EEXISTS,
     "UNIQUE", true},
    {"OR FAIL", "INSERT OR FAIL INTO word(text) VALUES('first')", 0, MINOS_EEXISTS, "UNIQUE",
     false},
    {"rolls back and says nothing", "ROLLBACK", 0, MINOS_EIO, "lost its transaction", true},
    {"commits and says nothing", "INSERT INTO word(text) VALUES('own'); ROLLBACK; SELECT 1", 0,
     MINOS_EIO, "lost its transaction", true},
};

static minos_rc keeps_neighbours(void *argument)
{
    fixture *self = argument;

    for (size_t i = 0; i < mn_count_of(neighbour_rows); i++) {
        const neighbour_row *row = &neighbour_rows[i];
        put puts[5] = {{.op.flags = 0}};
        static const char *const words[] = {"first", "second", "bad", "fourth", "fifth"};
        mn_store *store;

        fixture_drop(self);
        fixture_make(self);
        assert_ok(fixture_open(self, &store));
        for (int j = 0; j < 5; j++) {
            puts[j].op = (mn_op){.ops = &put_ops, .flags = MN_OP_SYNCED};
            puts[j].text = words[j];
        }
        puts[2].sql = row->sql;
        puts[2].op.flags |= row->flags;
        mn_store_submit(store, &puts[0].op);
        mn_store_submit(store, &puts[1].op);
        if (row->rc != mn_store_run(store, &puts[2].op))
            fail_msg("%s: not the code", row->name);
        mn_assert_message(row->part, __FILE__, __LINE__);
        mn_store_submit(store, &puts[3].op);
        assert_ok(mn_store_run(store, &puts[4].op));
        if (count_words(store, "%") != 4 || count_words(store, "bad") != 0)
            fail_msg("%s: not the four words", row->name);
        mn_store_close(store);
        if (puts[0].times_told != 1 || puts[1].times_told != 1 || puts[3].times_told != 1)
            fail_msg("%s: not told once", row->name);
        if (puts[2].runs != 1)
            fail_msg("%s: the bad one was run again", row->name);
    }
    return MINOS_OK;
}

/* In a simulation the group is the same each time, so that the second runs can be counted. */
static minos_rc runs_again(void *argument)
{
    fixture *self = argument;

    for (size_t i = 0; i < mn_count_of(neighbour_rows); i++) {
        put good = {.op = {.ops = &put_ops}, .text = "first"};
        put bad = {.op = {.ops = &put_ops, .flags = neighbour_rows[i].flags},
                   .text = "bad",
                   .sql = neighbour_rows[i].sql};
        mn_store *store;

        fixture_drop(self);
        fixture_make(self);
        assert_ok(fixture_open(self, &store));
        mn_store_submit(store, &good.op);
        minos_ignore(mn_store_run(store, &bad.op)); /* looked at by the test before */
        if (good.runs != (neighbour_rows[i].replays ? 2 : 1))
            fail_msg("%s: run %d times", neighbour_rows[i].name, good.runs);
        mn_store_close(store);
        assert_int_equal(good.times_told, 1);
    }
    return MINOS_OK;
}

/* ---- the end of waits ---- */

typedef struct sender {
    mn_store *store;
    minos_rc rc;
} sender;

static minos_rc put_late(void *argument)
{
    sender *self = argument;
    self->rc = put_word(self->store, "late", MN_OP_SYNCED);
    return MINOS_OK;
}

static minos_rc withdraws(void *argument)
{
    fixture *self = argument;
    minos_scope *scope;
    mn_store *store;
    sender late;

    assert_ok(fixture_open(self, &store));
    late.store = store;
    assert_ok(minos_scope_new(&scope));
    assert_ok(minos_scope_spawn(scope, "late", put_late, &late));
    minos_fiber_deadline_shorten(minos_deadline_in(0));
    assert_rc(put_word(store, "never", MN_OP_SYNCED), MINOS_ETIMEDOUT);
    mn_fiber_deadline_set(minos_deadline_never());
    assert_ok(minos_scope_join(scope, minos_deadline_never()));
    minos_scope_free(scope);
    assert_int_equal(count_words(store, "never"), 0);
    assert_int_equal(count_words(store, "late"), 1);
    mn_store_close(store);
    return MINOS_OK;
}

static minos_rc cancels(void *argument)
{
    fixture *self = argument;
    mn_store *store;

    assert_ok(fixture_open(self, &store));
    for (int i = 0; i < 50; i++) { /* before, in and after its turn: it happened or it did not */
        minos_scope *scope;
        sender late = {.store = store};
        int64_t before = count_words(store, "late");
        assert_int_equal(before, 0);
        assert_ok(minos_scope_new(&scope));
        assert_ok(minos_scope_spawn(scope, "late", put_late, &late));
        for (int j = 0; j < i; j++)
            assert_ok(minos_yield());
        minos_scope_cancel(scope);
        assert_ok(minos_scope_join(scope, minos_deadline_never()));
        minos_scope_free(scope);
        assert_true(late.rc == MINOS_OK || late.rc == MINOS_ECANCELED);
        assert_int_equal(count_words(store, "late"), late.rc == MINOS_OK);
        if (late.rc == MINOS_OK) {
            put wipe = {.op = {.ops = &put_ops}, .text = "x", .sql = "DELETE FROM word"};
            assert_ok(mn_store_run(store, &wipe.op));
        }
    }
    mn_store_close(store);
    return MINOS_OK;
}

/* ---- the log ---- */

static long long bytes_of(const fixture *self, const char *end)
{
    char name[200];
    struct stat stat_of;
    snprintf(name, sizeof name, "%s%s", self->path, end);
    return stat(name, &stat_of) == 0 ? (long long)stat_of.st_size : -1;
}

/* It is moved into the file and begun anew: neither grows without end. */
static minos_rc moves_its_log(void *argument)
{
    enum { WORDS = 3000, WORD_BYTES = 6000 };
    fixture *self = argument;
    static char word[WORD_BYTES];
    mn_store *store;

    assert_ok(fixture_open(self, &store));
    memset(word, 'x', sizeof word - 1);
    for (int i = 0; i < WORDS; i++) {
        int size = snprintf(word, sizeof word, "%d", i);
        word[size] = 'x';
        assert_ok(put_word(store, word, 0));
    }
    assert_true(mn_store_stats_of(store).checkpoints >= 2);
    assert_in_range(bytes_of(self, "-wal"), 1, 16 << 20);
    assert_true(bytes_of(self, "") > WORDS * WORD_BYTES / 2);
    mn_store_close(store);
    assert_int_equal(bytes_of(self, "-wal"), -1);
    return MINOS_OK;
}

/* ---- running them ---- */

typedef struct body_row {
    const char *name;
    minos_fiber_fn *fn;
    bool simulated_only;
} body_row;

static const body_row body_rows[] = {
    {"writes and reads", writes_and_reads, false},
    {"commits in groups", commits_in_groups, false},
    {"keeps neighbours", keeps_neighbours, false},
    {"runs again", runs_again, true},
    {"withdraws", withdraws, true},
    {"cancels", cancels, false},
    {"moves its log", moves_its_log, false},
};

static void test_real(void **state)
{
    (void)state;
    for (size_t i = 0; i < mn_count_of(body_rows); i++) {
        fixture self;
        if (body_rows[i].simulated_only)
            continue;
        print_message("  %s\n", body_rows[i].name);
        fixture_make(&self);
        mn_on_fiber(body_rows[i].fn, &self);
        fixture_drop(&self);
    }
}

static void test_simulated(void **state)
{
    (void)state;
    for (size_t i = 0; i < mn_count_of(body_rows); i++) {
        fixture self;
        print_message("  %s\n", body_rows[i].name);
        fixture_make(&self);
        assert_ok(mn_simulate(i, "test", body_rows[i].fn, &self));
        fixture_drop(&self);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_real),
        cmocka_unit_test(test_simulated),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
