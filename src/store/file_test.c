/*
 * Files that are not what they should be, versions, two processes on one file, and what is left
 * after a kill at each step.
 */
#include "support/store.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/env.h"

/* The children of these tests start threads, which TSan forbids after a fork unless asked. */
const char *__tsan_default_options(void);
const char *__tsan_default_options(void)
{
    return "die_after_fork=0";
}

/* ---- bad files ---- */

static minos_rc fill(void *argument)
{
    fixture *self = argument;
    mn_store *store;
    assert_ok(fixture_open(self, &store));
    for (int i = 0; i < 200; i++) {
        char word[64];
        snprintf(word, sizeof word, "word number %d", i);
        assert_ok(put_word(store, word, i == 199 ? MN_OP_SYNCED : 0));
    }
    mn_store_close(store);
    return MINOS_OK;
}

static void overwrite(const char *path, off_t at, const char *bytes, size_t size)
{
    int fd = open(path, O_RDWR | O_CREAT, 0600);
    assert_true(fd >= 0);
    assert_int_equal(pwrite(fd, bytes, size, at), (ssize_t)size);
    close(fd);
}

static void shell(fixture *self, const char *sql)
{
    mn_store_options options = {.path = self->path};
    mn_store *store;
    put any = {.op = {.ops = &put_ops}, .text = "x", .sql = sql};
    assert_ok(mn_store_open(&options, &store));
    assert_ok(mn_store_run(store, &any.op));
    mn_store_close(store);
}

static void garbage_header(fixture *self)
{
    overwrite(self->path, 0, "this is no database at all......", 32);
}

static void garbage_schema(fixture *self)
{
    char page[4096 - 100];
    memset(page, 0xa5, sizeof page);
    overwrite(self->path, 100, page, sizeof page);
}

static void cut_short(fixture *self)
{
    assert_int_equal(truncate(self->path, 4096 + 100), 0);
}

static void emptied(fixture *self)
{
    assert_int_equal(truncate(self->path, 0), 0);
}

static void removed(fixture *self)
{
    assert_int_equal(unlink(self->path), 0);
}

static void log_without_file(fixture *self)
{
    char name[200];
    assert_int_equal(unlink(self->path), 0);
    snprintf(name, sizeof name, "%s.ballast", self->path);
    assert_int_equal(unlink(name), 0);
    snprintf(name, sizeof name, "%s-wal", self->path);
    overwrite(name, 0, "log", 3);
}

static void newer_meta(fixture *self)
{
    shell(self, "UPDATE minos_meta SET value = 99 WHERE name = 'schema'");
}

static void newer_schema(fixture *self)
{
    shell(self, "UPDATE minos_meta SET value = 7 WHERE name = 'schema.word'");
}

static void other_service(fixture *self)
{
    shell(self, "UPDATE minos_meta SET value = 'orders' WHERE name = 'service'");
}

static void no_version(fixture *self)
{
    shell(self, "DELETE FROM minos_meta WHERE name = 'schema'");
}

static void no_owner(fixture *self)
{
    shell(self, "DELETE FROM minos_meta WHERE name = 'service'");
}

static void not_ours(fixture *self)
{
    shell(self, "DROP TABLE minos_meta");
}

static void folder_in_its_place(fixture *self)
{
    assert_int_equal(unlink(self->path), 0);
    assert_int_equal(mkdir(self->path, 0700), 0);
}

typedef struct bad_row {
    const char *name;
    void (*damage)(fixture *self);
    minos_rc rc;
    const char *part;
} bad_row;

static const bad_row bad_rows[] = {
    {"garbage in the header", garbage_header, MINOS_EIO, "while opening the store"},
    {"garbage in the schema", garbage_schema, MINOS_EIO, "while opening the store"},
    {"cut short", cut_short, MINOS_EIO, "while opening the store"},
    {"emptied", emptied, MINOS_EIO, "is empty, and there was a store"},
    {"removed", removed, MINOS_EIO, "is gone, and there was a store"},
    {"a log without its file", log_without_file, MINOS_EIO, "is gone but its log"},
    {"of a newer version", newer_meta, MINOS_ECONFIG, "newer version of Minos (99, this one"},
    {"tables of a newer version", newer_schema, MINOS_ECONFIG,
     "(schema.word is 7, this one knows 1)"},
    {"of another service", other_service, MINOS_ECONFIG,
     "belongs to the service orders, not to users"},
    {"without version", no_version, MINOS_EIO, "does not say its version"},
    {"without service", no_owner, MINOS_EIO, "does not say whose it is"},
    {"of somebody else", not_ours, MINOS_ECONFIG, "is a database, but no store of Minos"},
    {"a folder", folder_in_its_place, MINOS_EIO, "while opening the store"},
};

static void read_file(const char *path, char *bytes, size_t size, ssize_t *ret_size)
{
    int fd = open(path, O_RDONLY);
    *ret_size = -1;
    if (fd < 0)
        return;
    *ret_size = read(fd, bytes, size);
    close(fd);
}

static minos_rc open_bad(void *argument)
{
    fixture *self = argument;

    for (size_t i = 0; i < mn_count_of(bad_rows); i++) {
        const bad_row *row = &bad_rows[i];
        static char before[1 << 20], after[1 << 20];
        ssize_t size_before, size_after;
        char text[1024];
        mn_store *store;
        minos_rc rc;

        fixture_make(self);
        assert_ok(fill(self));
        row->damage(self);
        read_file(self->path, before, sizeof before, &size_before);
        rc = fixture_open(self, &store);
        minos_error_describe(minos_error_last(), text, sizeof text);
        if (rc != row->rc || strstr(text, row->part) == NULL || strstr(text, self->path) == NULL)
            fail_msg("%s: %s: %s", row->name, minos_rc_name(rc), text);
        read_file(self->path, after, sizeof after, &size_after); /* nothing was begun anew */
        if (size_before != size_after ||
            (size_before > 0 && memcmp(before, after, (size_t)size_before) != 0))
            fail_msg("%s: the file was changed", row->name);
        rmdir(self->path);
        fixture_drop(self);
    }
    return MINOS_OK;
}

static void test_bad_files(void **state)
{
    fixture self;
    (void)state;
    mn_on_fiber(open_bad, &self);
}

static minos_rc try_options(void *argument)
{
    fixture *self = argument;
    char long_path[5000];
    mn_store_options options = {.path = NULL};
    mn_store *store;

    assert_fails(mn_store_open(&options, &store), MINOS_EINVAL, "path");
    options.path = "";
    assert_fails(mn_store_open(&options, &store), MINOS_EINVAL, "path");
    memset(long_path, 'x', sizeof long_path);
    long_path[sizeof long_path - 1] = '\0';
    options.path = long_path;
    assert_fails(mn_store_open(&options, &store), MINOS_EINVAL, "path");
    options.path = self->path;
    options.service = "";
    assert_fails(mn_store_open(&options, &store), MINOS_EINVAL, "service");
    options.service = "users";
    options.path = "/proc/nowhere/users.db";
    assert_fails(mn_store_open(&options, &store), MINOS_EIO, "cannot make the folder");
    return MINOS_OK;
}

static void test_bad_options(void **state)
{
    fixture self;
    mn_store_options options = {.path = "x"};
    mn_store *store;
    (void)state;
    fixture_make(&self);
    assert_fails(mn_store_open(&options, &store), MINOS_ESTATE, "on a fiber only");
    mn_on_fiber(try_options, &self);
    fixture_drop(&self);
}

/* ---- versions ---- */

static minos_rc grow(void *argument)
{
    static const char *const steps[] = {word_steps_first,
                                        "ALTER TABLE word ADD COLUMN note TEXT DEFAULT 'none'",
                                        "CREATE TABLE other(id INTEGER PRIMARY KEY)", NULL};
    static const char *const wrong[] = {
        word_steps_first, "ALTER TABLE word ADD COLUMN note TEXT DEFAULT 'none'",
        "CREATE TABLE other(id INTEGER PRIMARY KEY)",
        "CREATE TABLE third(id INTEGER); CREATE TABLE other(id)", NULL};
    static const mn_schema grown = {.name = "word", .steps = steps};
    static const mn_schema broken = {.name = "word", .steps = wrong};
    static const mn_schema *const schemas[] = {&grown, NULL};
    static const mn_schema *const bad[] = {&broken, NULL};
    fixture *self = argument;
    mn_store_options options = {.path = self->path, .service = "users", .schemas = schemas};
    put any = {.op = {.ops = &put_ops}, .text = "x", .sql = "UPDATE word SET note = 'y'"};
    mn_store *store;

    assert_ok(fill(self));
    options.schemas = bad;
    assert_fails(mn_store_open(&options, &store), MINOS_EINVAL, "while opening the store");
    options.schemas = word_schemas;
    assert_ok(mn_store_open(&options, &store)); /* nothing of the broken one stayed */
    mn_store_close(store);
    options.schemas = schemas;
    assert_ok(mn_store_open(&options, &store));
    assert_ok(mn_store_run(store, &any.op));
    assert_int_equal(count_words(store, "%"), 201);
    mn_store_close(store);
    return MINOS_OK;
}

static void test_versions(void **state)
{
    fixture self;
    (void)state;
    fixture_make(&self);
    mn_on_fiber(grow, &self);
    fixture_drop(&self);
}

/* ---- processes ---- */

typedef struct writer {
    fixture *fixture;
    const char *prefix;
    int count;
    int pipe; /* each word that is committed is told here, as its number */
} writer;

static minos_rc write_words(void *argument)
{
    writer *self = argument;
    mn_store *store;

    MINOS_TRY(fixture_open(self->fixture, &store));
    for (int i = 0; i < self->count; i++) {
        char word[64];
        snprintf(word, sizeof word, "%s%d", self->prefix, i);
        MINOS_TRY(put_word(store, word, MN_OP_SYNCED));
        if (self->pipe >= 0 && write(self->pipe, &i, sizeof i) != sizeof i)
            return MINOS_EIO;
    }
    mn_store_close(store);
    return MINOS_OK;
}

static pid_t start_writer(writer *self)
{
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        minos_rc rc = mn_loop_run("writer", write_words, self);
        char text[512];
        minos_error_describe(minos_error_last(), text, sizeof text);
        if (rc != MINOS_OK)
            print_error("writer %s: %s\n", self->prefix, text);
        _exit(rc == MINOS_OK ? 0 : 1);
    }
    return pid;
}

static minos_rc count_all(void *argument)
{
    fixture *self = argument;
    mn_store *store;
    assert_ok(fixture_open(self, &store));
    assert_int_equal(count_words(store, "a%"), 300);
    assert_int_equal(count_words(store, "b%"), 300);
    mn_store_close(store);
    return MINOS_OK;
}

static void test_two_processes(void **state)
{
    fixture self;
    writer a = {&self, "a", 300, -1}, b = {&self, "b", 300, -1};
    pid_t first, second;
    int status;
    (void)state;
    fixture_make(&self);
    first = start_writer(&a); /* both find no file and make it */
    second = start_writer(&b);
    assert_int_equal(waitpid(first, &status, 0), first);
    assert_int_equal(status, 0);
    assert_int_equal(waitpid(second, &status, 0), second);
    assert_int_equal(status, 0);
    mn_on_fiber(count_all, &self);
    fixture_drop(&self);
}

/* Kill a process at each hit of each point: what it was told is there, and nothing twice. */
typedef struct kill_check {
    fixture fixture;
    int told; /* words that the dead one knew to be committed */
} kill_check;

static minos_rc check_after_kill(void *argument)
{
    kill_check *self = argument;
    mn_store *store;
    int64_t found;

    assert_ok(fixture_open(&self->fixture, &store));
    found = count_words(store, "k%");
    assert_in_range(found, self->told, self->told + 1);
    assert_ok(put_word(store, "after", MN_OP_SYNCED));
    mn_store_close(store);
    return MINOS_OK;
}

static void test_killed_at_each_step(void **state)
{
    static const mn_fault points[] = {MN_FAULT_STORE_BEFORE_BEGIN, MN_FAULT_STORE_BEFORE_OPERATION,
                                      MN_FAULT_STORE_BEFORE_RELEASE, MN_FAULT_STORE_BEFORE_COMMIT,
                                      MN_FAULT_STORE_BEFORE_DONE};
    (void)state;
    for (size_t i = 0; i < mn_count_of(points); i++)
        for (int hit = 1; hit <= 4; hit++) {
            kill_check self = {.told = 0};
            writer k = {&self.fixture, "k", 10, -1};
            int ends[2], status, number;
            pid_t pid;

            fixture_make(&self.fixture);
            assert_int_equal(pipe(ends), 0);
            k.pipe = ends[1];
            mn_fault_arm(points[i], hit, MN_FAULT_KILL);
            pid = start_writer(&k);
            mn_fault_reset();
            close(ends[1]);
            while (read(ends[0], &number, sizeof number) == sizeof number)
                self.told = number + 1;
            close(ends[0]);
            assert_int_equal(waitpid(pid, &status, 0), pid);
            if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGKILL || self.told != hit - 1)
                fail_msg("%s, hit %d: not killed there", mn_fault_name(points[i]), hit);
            mn_on_fiber(check_after_kill, &self);
            fixture_drop(&self.fixture);
        }
}

/* ---- the disk ---- */

static minos_rc becomes_full(void *argument)
{
    fixture *self = argument;
    put kept = {.op = {.ops = &put_ops, .flags = MN_OP_SYNCED | MN_OP_KEPT}, .text = "kept"};
    mn_store *store;
    int64_t began_ns;

    assert_ok(fixture_open(self, &store));
    assert_ok(put_word(store, "before", MN_OP_SYNCED));
    mn_fault_arm(MN_FAULT_STORE_COMMIT_FULL, 1, MN_FAULT_BREAK);
    assert_fails(put_word(store, "intake", MN_OP_SYNCED), MINOS_EFULL, "the disk takes no more");
    assert_true(mn_store_stats_of(store).full);
    mn_store_submit(store, &kept.op);
    assert_fails(put_word(store, "intake", MN_OP_SYNCED), MINOS_EFULL, "disk");
    assert_ok(minos_sleep(2500 * MINOS_MS));
    assert_int_equal(kept.times_told, 0);
    assert_int_equal(count_words(store, "%"), 1);
    mn_fault_reset();
    began_ns = mn_now();
    while ((kept.times_told == 0 || mn_store_stats_of(store).full) &&
           mn_now() < began_ns + 5 * MINOS_S)
        assert_ok(minos_sleep(50 * MINOS_MS));
    assert_false(mn_store_stats_of(store).full);
    assert_int_equal(kept.times_told, 1);
    assert_int_equal(kept.told, MINOS_OK);
    assert_ok(put_word(store, "intake", MN_OP_SYNCED));
    assert_int_equal(count_words(store, "%"), 3);
    mn_store_close(store);
    return MINOS_OK;
}

static minos_rc closes_while_full(void *argument)
{
    fixture *self = argument;
    put kept = {.op = {.ops = &put_ops, .flags = MN_OP_SYNCED | MN_OP_KEPT}, .text = "kept"};
    mn_store *store;

    assert_ok(fixture_open(self, &store));
    mn_fault_arm(MN_FAULT_STORE_COMMIT_FULL, 1, MN_FAULT_BREAK);
    mn_store_submit(store, &kept.op);
    assert_ok(minos_sleep(MINOS_S / 2));
    mn_store_close(store); /* an orderly end waits for no room */
    assert_int_equal(kept.told, MINOS_EFULL);
    return MINOS_OK;
}

static void test_full_disk(void **state)
{
    fixture self;
    (void)state;
    fixture_make(&self);
    assert_ok(mn_simulate(1, "test", becomes_full, &self));
    fixture_drop(&self);
    fixture_make(&self);
    assert_ok(mn_simulate(1, "test", closes_while_full, &self));
    fixture_drop(&self);
}

/* A file that may not grow: what the system says is told, and nothing is half there. */
static minos_rc hits_the_limit(void *argument)
{
    fixture *self = argument;
    mn_store *store;
    minos_rc rc = MINOS_OK;
    int told = 0;

    MINOS_TRY(fixture_open(self, &store));
    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &(struct rlimit){200000, 200000});
    for (int i = 0; i < 1000 && rc == MINOS_OK; i++) {
        char word[2000];
        memset(word, 'x', sizeof word);
        snprintf(word + 1980, 20, "%d", i);
        rc = put_word(store, word, 0);
        told += rc == MINOS_OK;
    }
    if (rc != MINOS_EFULL || told < 5 || count_words(store, "%") != told)
        return minos_fail(MINOS_ESTATE, "%d told, then %s", told, minos_rc_name(rc));
    mn_store_close(store);
    return MINOS_OK;
}

static void test_file_size_limit(void **state)
{
    fixture self;
    int status;
    pid_t pid;
    (void)state;
    fixture_make(&self);
    pid = fork();
    if (pid == 0)
        _exit(mn_loop_run("limit", hits_the_limit, &self) == MINOS_OK ? 0 : 1);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    fixture_drop(&self);
}

/* A failed sync ends the process: nobody is told that it is stored. */
static void test_failed_sync(void **state)
{
    fixture self;
    writer k = {&self, "k", 10, -1};
    int status;
    pid_t pid;
    (void)state;
    fixture_make(&self);
    mn_fault_arm(MN_FAULT_STORE_COMMIT_SYNC, 3, MN_FAULT_FAIL);
    pid = start_writer(&k);
    mn_fault_reset();
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
    fixture_drop(&self);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bad_files),
        cmocka_unit_test(test_bad_options),
        cmocka_unit_test(test_versions),
        cmocka_unit_test(test_two_processes),
        cmocka_unit_test(test_killed_at_each_step),
        cmocka_unit_test(test_full_disk),
        cmocka_unit_test(test_file_size_limit),
        cmocka_unit_test(test_failed_sync),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
