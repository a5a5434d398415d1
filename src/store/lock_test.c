/*
 * Named locks: within a process, between processes, and after a kill.
 */
#include "support/store.h"

#include <signal.h>
#include <sys/wait.h>

#include <minos/lock.h>

#include "base/env.h"

typedef struct holders {
    minos_lock_pool *pool;
    const char *name;
    int inside, most, times;
} holders;

static minos_rc hold(void *argument)
{
    holders *self = argument;
    for (int i = 0; i < 5; i++) {
        minos_lock *lock;
        assert_ok(minos_lock_acquire(self->pool, self->name, minos_deadline_never(), &lock));
        self->inside++;
        self->most = self->inside > self->most ? self->inside : self->most;
        assert_ok(minos_sleep(MINOS_MS));
        self->inside--;
        self->times++;
        minos_lock_release(lock);
    }
    return MINOS_OK;
}

static minos_rc excludes(void *argument)
{
    fixture *self = argument;
    char long_name[300];
    holders one = {.name = "one"}, two = {.name = "two"};
    minos_lock *lock, *other;
    minos_scope *scope;
    minos_db *db;

    assert_ok(minos_db_new(self->path, &db));
    assert_ok(minos_lock_pool_new(db, 10, &one.pool));
    two.pool = one.pool;
    assert_ok(minos_scope_new(&scope));
    for (int i = 0; i < 4; i++)
        assert_ok(minos_scope_spawn(scope, "one", hold, &one));
    assert_ok(minos_scope_spawn(scope, "two", hold, &two));
    assert_ok(minos_scope_join(scope, minos_deadline_never()));
    minos_scope_free(scope);
    assert_int_equal(one.most, 1);
    assert_int_equal(one.times, 20);
    assert_int_equal(two.times, 5);

    assert_ok(minos_lock_acquire(one.pool, "a", minos_deadline_never(), &lock));
    assert_fails(minos_lock_acquire(one.pool, "a", minos_deadline_in(20 * MINOS_MS), &other),
                 MINOS_ETIMEDOUT, "waiting for the lock a");
    assert_ok(minos_lock_acquire(one.pool, "b", minos_deadline_never(), &other));
    minos_lock_release(other);
    minos_lock_release(lock);
    minos_lock_release(NULL);

    memset(long_name, 'x', sizeof long_name);
    long_name[256] = '\0';
    assert_rc(minos_lock_acquire(one.pool, NULL, minos_deadline_never(), &lock), MINOS_EINVAL);
    assert_rc(minos_lock_acquire(one.pool, "", minos_deadline_never(), &lock), MINOS_EINVAL);
    assert_rc(minos_lock_acquire(one.pool, long_name, minos_deadline_never(), &lock), MINOS_EINVAL);
    assert_rc(minos_lock_acquire(NULL, "a", minos_deadline_never(), &lock), MINOS_EINVAL);
    minos_lock_pool_free(one.pool);
    assert_fails(minos_lock_pool_new(db, 0, &one.pool), MINOS_EINVAL, "count_max");
    assert_fails(minos_lock_pool_new(NULL, 1, &one.pool), MINOS_EINVAL, "db");
    minos_lock_pool_free(NULL);

    assert_ok(
        minos_lock_pool_new(db, 1, &one.pool)); /* one lock out at a time, whatever its name */
    assert_ok(minos_lock_acquire(one.pool, "a", minos_deadline_never(), &lock));
    assert_rc(minos_lock_acquire(one.pool, "b", minos_deadline_in(MINOS_MS), &other),
              MINOS_ETIMEDOUT);
    minos_lock_release(lock);
    minos_lock_pool_free(one.pool);
    minos_db_free(db);
    return MINOS_OK;
}

/* ---- processes ---- */

typedef struct holder {
    fixture *fixture;
    int pipe;
    pid_t pid;
} holder;

static minos_rc hold_for_ever(void *argument)
{
    holder *self = argument;
    minos_lock_pool *pool;
    minos_lock *lock;
    minos_db *db;

    MINOS_TRY(minos_db_new(self->fixture->path, &db));
    MINOS_TRY(minos_lock_pool_new(db, 1, &pool));
    MINOS_TRY(minos_lock_acquire(pool, "shared", minos_deadline_in(10 * MINOS_S), &lock));
    if (write(self->pipe, "x", 1) != 1)
        return MINOS_EIO;
    return mn_fiber_park(minos_deadline_never());
}

static minos_rc wait_for_dead(void *argument)
{
    holder *self = argument;
    minos_lock_pool *pool;
    minos_lock *lock;
    minos_db *db;

    assert_ok(minos_db_new(self->fixture->path, &db));
    assert_ok(minos_lock_pool_new(db, 1, &pool));
    assert_rc(minos_lock_acquire(pool, "shared", minos_deadline_in(30 * MINOS_MS), &lock),
              MINOS_ETIMEDOUT);
    assert_int_equal(kill(self->pid, SIGKILL), 0);
    assert_ok(minos_lock_acquire(pool, "shared", minos_deadline_in(10 * MINOS_S), &lock));
    minos_lock_release(lock);
    minos_lock_pool_free(pool);
    minos_db_free(db);
    return MINOS_OK;
}

static void test_processes(void **state)
{
    fixture self;
    holder child = {.fixture = &self};
    int ends[2];
    char byte;
    pid_t pid;
    (void)state;

    fixture_make(&self);
    assert_int_equal(pipe(ends), 0);
    child.pipe = ends[1];
    pid = fork();
    if (pid == 0)
        _exit(mn_loop_run("holder", hold_for_ever, &child) == MINOS_OK ? 0 : 1);
    close(ends[1]);
    assert_int_equal(read(ends[0], &byte, 1), 1);
    close(ends[0]);
    child.pid = pid;
    mn_on_fiber(wait_for_dead, &child);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    fixture_drop(&self);
}

static void test_one_process(void **state)
{
    fixture self;
    (void)state;
    fixture_make(&self);
    assert_ok(mn_simulate(1, "test", excludes, &self));
    fixture_drop(&self);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_processes), /* first: it forks, and has no thread yet */
        cmocka_unit_test(test_one_process),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
