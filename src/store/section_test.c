/*
 * Sections: what stays, what is undone, who waits, and who may not.
 */
#include "support/store.h"

#include "base/env.h"
#include "store/section.h"

static minos_rc put_in(mn_section *section, const char *text, const char *sql)
{
    put self = {.op = {.ops = &put_ops, .flags = MN_OP_FOREIGN}, .text = text, .sql = sql};
    return mn_section_run(section, &self.op);
}

static int64_t count_in(mn_section *section, const char *like)
{
    count self = {.op = {.ops = &count_ops}, .like = like};
    assert_ok(mn_section_run(section, &self.op));
    return self.count;
}

static minos_rc commits(void *argument)
{
    fixture *self = argument;
    put last = {.op = {.ops = &put_ops}, .text = "last"};
    mn_section *section;
    mn_store *store;

    assert_ok(fixture_open(self, &store));
    assert_ok(mn_section_open(store, MINOS_S, &section));
    assert_ok(put_in(section, "one", NULL));
    assert_fails(put_in(section, "one", NULL), MINOS_EEXISTS, "UNIQUE");
    assert_ok(put_in(section, "two", NULL));
    assert_int_equal(count_in(section, "%"), 2); /* sees what it wrote */
    assert_ok(mn_section_commit(section, &last.op));
    assert_int_equal(count_words(store, "%"), 3);

    assert_ok(mn_section_open(store, MINOS_S, &section));
    assert_ok(mn_section_commit(section, NULL));

    assert_ok(mn_section_open(store, MINOS_S, &section));
    assert_ok(put_in(section, "three", NULL));
    mn_section_undo(section);
    mn_section_undo(NULL);
    assert_int_equal(count_words(store, "%"), 3);

    assert_ok(mn_section_open(store, MINOS_S, &section));
    assert_ok(put_in(section, "four", NULL));
    assert_fails(mn_section_commit(section, &last.op), MINOS_EEXISTS, "UNIQUE");
    assert_int_equal(count_words(store, "%"), 3);
    assert_ok(minos_sleep(1)); /* waits are allowed again */
    mn_store_close(store);
    return MINOS_OK;
}

static minos_rc keeps_time(void *argument)
{
    fixture *self = argument;
    int64_t began_ns;
    mn_section *section;
    mn_store *store;
    minos_rc rc;

    assert_ok(fixture_open(self, &store));
    assert_ok(mn_section_open(store, 20 * MINOS_MS, &section));
    assert_ok(put_in(section, "one", NULL));
    began_ns = mn_now();
    while (mn_now() < began_ns + 30 * MINOS_MS)
        assert_ok(minos_yield());
    assert_rc(put_in(section, "two", NULL), MINOS_ETIMEDOUT);
    rc = mn_section_commit(section, NULL);
    assert_int_equal(rc, MINOS_ETIMEDOUT);
    mn_assert_message("longer than its limit of 20 ms", __FILE__, __LINE__);
    assert_int_equal(count_words(store, "%"), 0);
    assert_ok(put_word(store, "after", MN_OP_SYNCED)); /* the writer goes on */
    mn_store_close(store);
    return MINOS_OK;
}

/* A statement without end is interrupted, which takes the transaction with it. */
static minos_rc interrupts(void *argument)
{
    static const char endless[] =
        "INSERT INTO word(text) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) "
        "SELECT 'n' || i FROM n";
    fixture *self = argument;
    put before = {.op = {.ops = &put_ops}, .text = "before"};
    put lone = {.op = {.ops = &put_ops, .flags = MN_OP_FOREIGN}, .text = "lone", .sql = endless};
    mn_section *section;
    mn_store *store;

    assert_ok(fixture_open(self, &store));
    mn_store_submit(store, &before.op);
    assert_ok(mn_section_open(store, 50 * MINOS_MS, &section));
    assert_fails(put_in(section, "one", endless), MINOS_ETIMEDOUT, "within its time limit");
    assert_rc(put_in(section, "two", NULL), MINOS_ETIMEDOUT);
    assert_rc(mn_section_commit(section, NULL), MINOS_ETIMEDOUT);
    assert_rc(mn_store_run(store, &lone.op), MINOS_ETIMEDOUT);
    /* It is told at once, and takes `before` with it, which runs again ahead of what comes now. */
    assert_ok(put_word(store, "after", 0));
    assert_int_equal(before.times_told, 1);
    assert_int_equal(before.told, MINOS_OK);
    assert_int_equal(count_words(store, "%"), 2);
    mn_store_close(store);
    return MINOS_OK;
}

static minos_rc forbids_waits(void *argument)
{
    fixture *self = argument;
    minos_channel *channel;
    mn_section *section;
    mn_store *store;
    void *item;

    assert_ok(minos_channel_new(1, &channel));
    assert_ok(fixture_open(self, &store));
    assert_ok(mn_section_open(store, MINOS_S, &section));
    assert_fails(minos_sleep(MINOS_MS), MINOS_ETXWAIT, "waits for nothing else");
    assert_rc(minos_channel_receive(channel, minos_deadline_never(), &item), MINOS_ETXWAIT);
    assert_rc(put_word(store, "outside", 0), MINOS_ETXWAIT); /* it would wait for itself */
    assert_ok(put_in(section, "inside", NULL));
    assert_ok(mn_section_commit(section, NULL));
    assert_ok(minos_sleep(MINOS_MS));
    assert_int_equal(count_words(store, "%"), 1);
    mn_store_close(store);
    minos_channel_free(channel);
    return MINOS_OK;
}

/* What costs a section its group, by its own statement. */
static const struct {
    const char *name;
    const char *sql;
    minos_rc rc;
} own_rows[] = {
    {"rolls back", "ROLLBACK", MINOS_EIO},
    {"OR ROLLBACK", "INSERT OR ROLLBACK INTO word(text) VALUES('before')", MINOS_EEXISTS},
};

static minos_rc survives_itself(void *argument)
{
    fixture *self = argument;
    for (size_t i = 0; i < mn_count_of(own_rows); i++) {
        put before = {.op = {.ops = &put_ops}, .text = "before"};
        mn_section *section;
        mn_store *store;

        fixture_drop(self);
        fixture_make(self);
        assert_ok(fixture_open(self, &store));
        mn_store_submit(store, &before.op);
        assert_ok(mn_section_open(store, MINOS_S, &section));
        assert_ok(put_in(section, "one", NULL));
        assert_rc(put_in(section, "two", own_rows[i].sql), own_rows[i].rc);
        assert_rc(put_in(section, "three", NULL), own_rows[i].rc);
        assert_rc(mn_section_commit(section, NULL), own_rows[i].rc);
        assert_ok(put_word(store, "after", 0)); /* and before it those of the lost group */
        assert_int_equal(count_words(store, "%"), 2);
        assert_int_equal(before.told, MINOS_OK);
        mn_store_close(store);
        assert_int_equal(before.times_told, 1);
    }
    return MINOS_OK;
}

/* Another one's statement: the section is told that it may run again, and nothing of it stays. */
static minos_rc survives_others(void *argument)
{
    fixture *self = argument;
    put bad = {.op = {.ops = &put_ops}, .text = "bad", .sql = "ROLLBACK"};
    mn_section *section;
    mn_store *store;

    assert_ok(fixture_open(self, &store));
    assert_ok(mn_section_open(store, MINOS_S, &section));
    assert_ok(put_in(section, "one", NULL));
    mn_store_submit(store, &bad.op); /* shares the group, after the section */
    assert_fails(mn_section_commit(section, NULL), MINOS_EAGAIN, "can be run again");
    assert_int_equal(count_words(store, "%"), 0);
    assert_int_equal(bad.told, MINOS_EIO);
    mn_store_close(store);
    return MINOS_OK;
}

static minos_rc checks_keys(void *argument)
{
    static const char *const steps[] = {
        "CREATE TABLE word(id INTEGER PRIMARY KEY AUTOINCREMENT, text TEXT NOT NULL UNIQUE);"
        "CREATE TABLE child(id INTEGER PRIMARY KEY,"
        " word INTEGER REFERENCES word(id) DEFERRABLE INITIALLY DEFERRED)",
        NULL};
    static const mn_schema schema = {"word", steps};
    static const mn_schema *const schemas[] = {&schema, NULL};
    fixture *self = argument;
    mn_store_options options = {.path = self->path, .service = "users", .schemas = schemas};
    put orphan = {.op = {.ops = &put_ops, .flags = MN_OP_FOREIGN},
                  .text = "orphan",
                  .sql = "INSERT INTO child(word) VALUES(1000)"};
    mn_section *section;
    mn_store *store;

    assert_ok(mn_store_open(&options, &store));
    assert_fails(mn_store_run(store, &orphan.op), MINOS_EINVAL, "points nowhere");
    assert_ok(mn_section_open(store, MINOS_S, &section)); /* deferred: until its end only */
    assert_ok(put_in(section, "a", "INSERT INTO child(word) VALUES(50)"));
    assert_ok(put_in(section, "b", "INSERT INTO word(id, text) VALUES(50, 'parent')"));
    assert_ok(mn_section_commit(section, NULL));
    assert_ok(mn_section_open(store, MINOS_S, &section));
    assert_ok(put_in(section, "c", "INSERT INTO child(word) VALUES(60)"));
    assert_fails(mn_section_commit(section, NULL), MINOS_EINVAL, "points nowhere");
    assert_int_equal(count_words(store, "%"), 3);
    mn_store_close(store);
    return MINOS_OK;
}

/* ---- several fibers ---- */

static const char counter_steps[] =
    "CREATE TABLE IF NOT EXISTS counter(value INTEGER); INSERT INTO counter VALUES(0)";

typedef struct number {
    mn_op op;
    int64_t value;
    bool writes;
} number;

static minos_rc number_run(mn_op *op, mn_sql *sql)
{
    number *self = mn_container(op, number, op);
    mn_statement *statement;
    bool row;

    MINOS_TRY(mn_sql_prepare(
        sql, self->writes ? "UPDATE counter SET value = ?1" : "SELECT value FROM counter",
        &statement));
    if (self->writes) {
        mn_bind_int(statement, 1, self->value);
        return mn_statement_run(statement);
    }
    MINOS_TRY(mn_statement_step(statement, &row));
    self->value = mn_column_int(statement, 0);
    mn_statement_done(statement);
    return MINOS_OK;
}

static const mn_op_ops number_ops = {.name = "number", .run = number_run};

/* Read, think, write: lost updates would show. */
static minos_rc count_up(void *argument)
{
    mn_store *store = argument;

    for (int i = 0; i < 20; i++) {
        number value = {.op = {.ops = &number_ops}};
        mn_section *section;
        assert_ok(mn_section_open(store, 10 * MINOS_S, &section));
        assert_ok(mn_section_run(section, &value.op));
        assert_ok(minos_yield());
        value.value++;
        value.writes = true;
        assert_ok(mn_section_run(section, &value.op));
        assert_ok(mn_section_commit(section, NULL));
    }
    return MINOS_OK;
}

static minos_rc write_beside(void *argument)
{
    for (int i = 0; i < 50; i++) {
        char word[32];
        snprintf(word, sizeof word, "beside %d", i);
        assert_ok(put_word(argument, word, i % 2 == 0 ? MN_OP_SYNCED : 0));
    }
    return MINOS_OK;
}

static minos_rc excludes(void *argument)
{
    fixture *self = argument;
    put table = {.op = {.ops = &put_ops}, .text = "x", .sql = counter_steps};
    number value = {.op = {.ops = &number_ops}};
    minos_scope *scope;
    mn_store *store;

    assert_ok(fixture_open(self, &store));
    assert_ok(mn_store_run(store, &table.op));
    assert_ok(minos_scope_new(&scope));
    for (int i = 0; i < 5; i++)
        assert_ok(minos_scope_spawn(scope, "count", count_up, store));
    assert_ok(minos_scope_spawn(scope, "beside", write_beside, store));
    assert_ok(minos_scope_join(scope, minos_deadline_never()));
    minos_scope_free(scope);
    assert_ok(mn_store_read(store, &value.op));
    assert_int_equal(value.value, 100);
    assert_int_equal(count_words(store, "beside%"), 50);
    mn_store_close(store);
    return MINOS_OK;
}

/* ---- running them ---- */

static const struct {
    const char *name;
    minos_fiber_fn *fn;
    bool real, simulated;
} body_rows[] = {
    {"commits and undoes", commits, true, true},
    {"keeps time", keeps_time, true, false},
    {"interrupts", interrupts, true, false},
    {"forbids waits", forbids_waits, true, true},
    {"survives itself", survives_itself, true, true},
    {"survives others", survives_others, false, true},
    {"checks keys", checks_keys, true, true},
    {"excludes", excludes, true, true},
};

static void test_all(void **state)
{
    (void)state;
    for (size_t i = 0; i < mn_count_of(body_rows); i++) {
        fixture self;
        print_message("  %s\n", body_rows[i].name);
        fixture_make(&self);
        if (body_rows[i].real)
            mn_on_fiber(body_rows[i].fn, &self);
        fixture_drop(&self);
        fixture_make(&self);
        if (body_rows[i].simulated)
            assert_ok(mn_simulate(i, "test", body_rows[i].fn, &self));
        fixture_drop(&self);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
