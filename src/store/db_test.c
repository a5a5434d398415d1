/*
 * The users' client: types there and back, what is refused, transactions, by configuration.
 */
#include "support/store.h"

#include <math.h>
#include <pthread.h>

#include <minos/db.h>

#include "base/env.h"

static minos_db *open_db(const fixture *self)
{
    minos_db *db;
    assert_ok(minos_db_new(self->path, &db));
    assert_ok(
        minos_db_exec(db, "CREATE TABLE t(id INTEGER PRIMARY KEY, a, b TEXT UNIQUE)", NULL, NULL));
    return db;
}

/* ---- types ---- */

typedef struct type_row {
    const char *name;
    minos_value in;
    minos_value out;
    const char *kind; /* SQLite's typeof */
} type_row;

static minos_rc keeps_types(void *argument)
{
    static const minos_uuid uuid = {{0x12, 0x34, 0x56, 0x78, 0x9a, 0xbc, 0x4d, 0xef, 0x81, 0x23,
                                     0x45, 0x67, 0x89, 0xab, 0xcd, 0xef}};
    const type_row rows[] = {
        {"null", minos_value_null(), minos_value_null(), "null"},
        {"true", minos_value_bool(true), minos_value_int(1), "integer"},
        {"least", minos_value_int(INT64_MIN), minos_value_int(INT64_MIN), "integer"},
        {"most", minos_value_int(INT64_MAX), minos_value_int(INT64_MAX), "integer"},
        {"double", minos_value_double(0.1), minos_value_double(0.1), "real"},
        {"NaN", minos_value_double(NAN), minos_value_null(), "null"},
        {"infinity", minos_value_double(INFINITY), minos_value_double(INFINITY), "real"},
        {"text", minos_value_text("h\xc3\xa9"), minos_value_text("h\xc3\xa9"), "text"},
        {"empty text", minos_value_text(""), minos_value_text(""), "text"},
        {"text with NUL", minos_value_string(MINOS_VIEW("a\0b")),
         minos_value_string(MINOS_VIEW("a\0b")), "text"},
        {"text that is no UTF-8", minos_value_text("\xff"), minos_value_bytes(MINOS_VIEW("\xff")),
         "text"},
        {"bytes", minos_value_bytes(MINOS_VIEW("\0\1\2")), minos_value_bytes(MINOS_VIEW("\0\1\2")),
         "blob"},
        {"no bytes", minos_value_bytes(minos_view_make(NULL, 0)),
         minos_value_bytes(minos_view_make(NULL, 0)), "blob"},
        {"UUID", minos_value_uuid(uuid), minos_value_text("12345678-9abc-4def-8123-456789abcdef"),
         "text"},
        {"date and time", minos_value_datetime(1), minos_value_text("1970-01-01T00:00:00.000001Z"),
         "text"},
        {"date", minos_value_date(365), minos_value_text("1971-01-01"), "text"},
        {"time", minos_value_time(1000000), minos_value_text("00:00:01"), "text"},
        {"time span", minos_value_timedelta(-5), minos_value_int(-5), "integer"},
    };
    MINOS_AUTO(minos_arena) *arena = minos_arena_new(0);
    minos_db *db = open_db(argument);
    const minos_value *got;

    for (size_t i = 0; i < mn_count_of(rows); i++) {
        minos_value pair[2] = {minos_value_int((int64_t)i), rows[i].in};
        minos_value params = {.type = MINOS_TYPE_LIST, .size = 2, .as = {.items = pair}};
        minos_db_result result;
        assert_ok(minos_db_exec(db, "INSERT INTO t(id, a) VALUES(?1, ?2)", &params, &result));
        assert_int_equal(result.changes, 1);
        assert_int_equal(result.last_id, i);
    }
    assert_ok(
        minos_db_query(db, arena, "SELECT a, typeof(a) AS kind FROM t ORDER BY id", NULL, &got));
    assert_int_equal(minos_value_count(got), mn_count_of(rows));
    for (size_t i = 0; i < mn_count_of(rows); i++) {
        const minos_value *row = minos_value_at(got, i);
        if (!minos_value_equal(minos_value_get(row, "a"), &rows[i].out) ||
            !minos_view_is(minos_value_view(minos_value_get(row, "kind")), rows[i].kind))
            fail_msg("%s: came back otherwise", rows[i].name);
    }
    assert_ok(minos_db_query(db, arena, "SELECT a FROM t WHERE id = :id",
                             MINOS_MAP(MINOS_KV("id", 2)), &got));
    assert_int_equal(minos_value_count(got), 1);
    assert_ok(minos_db_query(db, arena, "SELECT a FROM t WHERE id < 0", NULL, &got));
    assert_int_equal(minos_value_count(got), 0);
    minos_db_free(db);
    minos_db_free(NULL);
    return MINOS_OK;
}

/* ---- what is refused ---- */

typedef struct refused_row {
    const char *sql;
    bool query;
    minos_rc rc;
    const char *part;
} refused_row;

static const refused_row refused_rows[] = {
    {"BEGIN", false, MINOS_EINVAL, "opened by minos_db_transaction"},
    {"BEGIN", true, MINOS_EINVAL, "opened by minos_db_transaction"},
    {"COMMIT", false, MINOS_EINVAL, "opened by minos_db_transaction"},
    {"ROLLBACK", false, MINOS_EINVAL, "opened by minos_db_transaction"},
    {"SAVEPOINT x", false, MINOS_EINVAL, "opened by minos_db_transaction"},
    {"RELEASE minos_op", false, MINOS_EINVAL, "opened by minos_db_transaction"},
    {"ROLLBACK TO minos_op", false, MINOS_EINVAL, "opened by minos_db_transaction"},
    {"ATTACH 'x.db' AS x", false, MINOS_EINVAL, "not allowed"},
    {"DETACH main", false, MINOS_EINVAL, "not allowed"},
    {"VACUUM INTO '/tmp/x'", true, MINOS_ESTATE, "the statement writes"},
    {"VACUUM INTO '/tmp/x'", false, MINOS_EINVAL, "cannot VACUUM from within a transaction"},
    {"PRAGMA synchronous=OFF", false, MINOS_EINVAL, "PRAGMA is not allowed: synchronous"},
    {"PRAGMA journal_mode=DELETE", true, MINOS_EINVAL, "PRAGMA is not allowed: journal_mode"},
    {"SELECT * FROM minos_meta", true, MINOS_EINVAL, "minos_meta"},
    {"SELECT * FROM Minos_Meta", true, MINOS_EINVAL, "library's"},
    {"SELECT (SELECT value FROM minos_meta LIMIT 1)", true, MINOS_EINVAL, "library's"},
    {"UPDATE minos_meta SET value = 'x'", false, MINOS_EINVAL, "library's"},
    {"DELETE FROM minos_meta", false, MINOS_EINVAL, "library's"},
    {"INSERT INTO minos_meta VALUES('a', 'b')", false, MINOS_EINVAL, "library's"},
    {"DROP TABLE minos_meta", false, MINOS_EINVAL, "library's"},
    {"CREATE TABLE minos_mine(x)", false, MINOS_EINVAL, "library's"},
    {"CREATE INDEX i ON minos_meta(value)", false, MINOS_EINVAL, "library's"},
    {"ALTER TABLE minos_meta ADD COLUMN x", false, MINOS_EINVAL, "library's"},
    {"CREATE TRIGGER x AFTER INSERT ON minos_meta BEGIN SELECT 1; END", false, MINOS_EINVAL,
     "library's"},
    {"INSERT INTO t(id) SELECT length(value) FROM minos_meta", false, MINOS_EINVAL, "library's"},
    {"UPDATE sqlite_master SET sql = 'x'", false, MINOS_EINVAL, "may not be modified"},
    {"SELECT load_extension('x')", true, MINOS_EINVAL, "not"},
    {"SELECT 1; SELECT 2", true, MINOS_EINVAL, "one statement a call, and there is more"},
    {"", true, MINOS_EINVAL, "holds no statement"},
    {"-- nothing", false, MINOS_EINVAL, "holds no statement"},
    {"SELEC 1", true, MINOS_EINVAL, "syntax error"},
    {"SELECT * FROM nowhere", true, MINOS_EINVAL, "no such table"},
    {"SELECT ?1", true, MINOS_EINVAL, "the SQL has 1, 0 were given"},
    {"INSERT INTO t(id) VALUES(1)", true, MINOS_ESTATE, "the statement writes"},
    {"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) INSERT INTO t(a) SELECT i "
     "FROM n",
     false, MINOS_ETIMEDOUT, "within its time limit"},
    {"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n", true,
     MINOS_ETOOBIG, ""},
};

static minos_rc refuses(void *argument)
{
    fixture *self = argument;
    MINOS_AUTO(minos_arena) *arena = minos_arena_new(0);
    const minos_value *rows;
    minos_value list = minos_value_of(MINOS_LIST(MINOS_ITEM(1)));
    minos_value params = {.type = MINOS_TYPE_LIST, .size = 1, .as = {.items = &list}};
    mn_store *store;
    minos_db *db;

    assert_ok(fixture_open(self, &store)); /* so that it has our tables */
    db = open_db(self);
    for (size_t i = 0; i < mn_count_of(refused_rows); i++) {
        const refused_row *row = &refused_rows[i];
        minos_rc rc = row->query ? minos_db_query(db, arena, row->sql, NULL, &rows)
                                 : minos_db_exec(db, row->sql, NULL, NULL);
        char text[512];
        minos_error_describe(minos_error_last(), text, sizeof text);
        if (rc != row->rc || strstr(text, row->part) == NULL)
            fail_msg("%s: %s: %s", row->sql, minos_rc_name(rc), text);
    }
    assert_fails(minos_db_query(db, arena, "SELECT ?1", &params, &rows), MINOS_ETYPE,
                 "a list has no");
    assert_fails(minos_db_query(db, arena, "SELECT ?1", MINOS_VALUE(1), &rows), MINOS_EINVAL,
                 "a list or a map, not an integer");
    assert_fails(minos_db_query(db, arena, "SELECT :a", MINOS_MAP(MINOS_KV("b", 1)), &rows),
                 MINOS_EINVAL, "has no :b");
    assert_fails(minos_db_query(NULL, arena, "SELECT 1", NULL, &rows), MINOS_EINVAL, "db");
    assert_fails(minos_db_query(db, NULL, "SELECT 1", NULL, &rows), MINOS_EINVAL, "arena");
    assert_fails(minos_db_query(db, arena, NULL, NULL, &rows), MINOS_EINVAL, "sql");
    assert_fails(minos_db_exec(NULL, "SELECT 1", NULL, NULL), MINOS_EINVAL, "db");
    assert_fails(minos_db_transaction(db, NULL, NULL), MINOS_EINVAL, "fn");
    assert_ok(minos_db_query(db, arena, "SELECT * FROM t", NULL, &rows));
    assert_int_equal(minos_value_count(rows), 0);
    minos_db_free(db);
    mn_store_close(store);
    return MINOS_OK;
}

/* ---- transactions ---- */

typedef struct transfer {
    minos_arena *arena;
    int amount;
    minos_rc rc; /* that it ends with */
    int runs;
} transfer;

static minos_rc move_amount(minos_db *db, void *argument)
{
    transfer *self = argument;
    const minos_value *rows;
    int64_t left;

    self->runs++;
    MINOS_TRY(minos_db_exec(db, "UPDATE t SET a = a - ?1 WHERE id = 1",
                            MINOS_PARAMS(MINOS_ITEM(self->amount)), NULL));
    MINOS_TRY(minos_db_query(db, self->arena, "SELECT a FROM t WHERE id = 1", NULL, &rows));
    MINOS_TRY(minos_value_i64(minos_value_at(rows, 0), "a", &left));
    if (left < 0)
        return minos_reject(409, "only %lld are left", (long long)(left + self->amount));
    MINOS_TRY(minos_db_query(db, self->arena, "UPDATE t SET a = a + ?1 WHERE id = 2 RETURNING a",
                             MINOS_PARAMS(MINOS_ITEM(self->amount)), &rows));
    assert_int_equal(minos_value_count(rows), 1);
    return self->rc;
}

static minos_rc nest(minos_db *db, void *argument)
{
    MINOS_TRY(minos_db_transaction(db, move_amount, argument));
    assert_rc(minos_sleep(MINOS_MS), MINOS_ETXWAIT); /* the outer one is still open */
    return MINOS_OK;
}

static minos_rc transfers(void *argument)
{
    MINOS_AUTO(minos_arena) *arena = minos_arena_new(0);
    minos_db *db = open_db(argument);
    transfer self = {.arena = arena, .amount = 30};
    const minos_value *rows;
    int64_t sum, left;

    assert_ok(minos_db_exec(db, "INSERT INTO t(id, a) VALUES(1, 100), (2, 0)", NULL, NULL));
    assert_ok(minos_db_transaction(db, move_amount, &self));
    assert_ok(minos_db_transaction(db, nest, &self));
    self.amount = 50;
    assert_fails(minos_db_transaction(db, move_amount, &self), MINOS_ERESPONSE, "only 40 are left");
    self.amount = 1;
    self.rc = MINOS_EIO;
    assert_rc(minos_db_transaction(db, move_amount, &self), MINOS_EIO);
    assert_int_equal(self.runs, 4);
    assert_ok(
        minos_db_query(db, arena, "SELECT sum(a) AS sum, min(a) AS least FROM t", NULL, &rows));
    assert_ok(minos_value_i64(minos_value_at(rows, 0), "sum", &sum));
    assert_ok(minos_value_i64(minos_value_at(rows, 0), "least", &left));
    assert_int_equal(sum, 100);
    assert_int_equal(left, 40);
    minos_db_free(db);
    return MINOS_OK;
}

/* ---- by configuration ---- */

static const struct {
    const char *text;
    const char *part;
} bad_configs[] = {
    {"name: a/b\ndata: %s\n", "a/b names no file"},
    {"name: orders\ndatabases: {default: {path: '%s/users.db'}}\n",
     "belongs to the service users, not to orders"},
};

static minos_rc by_config(void *argument)
{
    fixture *self = argument;
    char data[200], path[300], text[600];
    MINOS_AUTO(minos_config) *config = NULL;
    minos_db *db, *other;

    snprintf(data, sizeof data, "%s/data", self->folder);
    snprintf(path, sizeof path, "%s/users.db", data); /* = self->path */
    snprintf(text, sizeof text,
             "name: users\ndata: %s\ndatabases: {reports: {path: '%s/reports.db'}}\n", data, data);
    assert_ok(minos_config_parse(minos_view_of(text), "c.yml", NULL, &config));
    assert_ok(minos_db_from_config(config, NULL, &db));
    assert_ok(minos_db_from_config(config, "default", &other)); /* the same store */
    assert_int_equal(access(path, F_OK), 0);
    minos_db_free(other);
    assert_ok(minos_db_from_config(config, "reports", &other));
    assert_ok(minos_db_exec(other, "CREATE TABLE own(x)", NULL, NULL));
    minos_db_free(other);
    assert_fails(minos_db_from_config(config, "nowhere", &other), MINOS_ECONFIG,
                 "no database nowhere");
    minos_db_free(db);
    for (size_t i = 0; i < mn_count_of(bad_configs); i++) {
        MINOS_AUTO(minos_config) *bad = NULL;
        snprintf(text, sizeof text, bad_configs[i].text, data);
        assert_ok(minos_config_parse(minos_view_of(text), "c.yml", NULL, &bad));
        assert_rc(minos_db_from_config(bad, NULL, &db), MINOS_ECONFIG);
        minos_error_describe(minos_error_last(), text, sizeof text);
        if (strstr(text, bad_configs[i].part) == NULL)
            fail_msg("%s", text);
    }
    snprintf(path, sizeof path, "%s/reports.db", data);
    unlink(path);
    return MINOS_OK;
}

static const struct {
    const char *name;
    minos_fiber_fn *fn;
    bool simulated;
} body_rows[] = {
    {"keeps types", keeps_types, true},
    {"refuses", refuses, false}, /* time limits need time */
    {"transfers", transfers, true},
    {"by configuration", by_config, true},
};

static void test_all(void **state)
{
    (void)state;
    for (size_t i = 0; i < mn_count_of(body_rows); i++) {
        fixture self;
        print_message("  %s\n", body_rows[i].name);
        fixture_make(&self);
        mn_on_fiber(body_rows[i].fn, &self);
        fixture_drop(&self);
        if (!body_rows[i].simulated)
            continue;
        fixture_make(&self);
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
