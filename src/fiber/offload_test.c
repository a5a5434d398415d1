/*
 * What crosses threads: blocking work, bells, signals.
 */
#include "support/support.h"

#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/task.h"
#include "fiber/fiber.h"
#include "fiber/socket.h"

static minos_deadline never(void)
{
    return minos_deadline_never();
}

/* ---- offload ---- */

/* Work that blocks until it is let go. */
typedef struct gate {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool open;
    int begun, ended;
} gate;

#define GATE_INIT                                                                                  \
    {                                                                                              \
        PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, false, 0, 0                           \
    }

static minos_rc pass_gate(void *argument)
{
    gate *self = argument;
    assert_null(mn_fiber_current());
    pthread_mutex_lock(&self->lock);
    self->begun++;
    pthread_cond_broadcast(&self->changed);
    while (!self->open)
        pthread_cond_wait(&self->changed, &self->lock);
    self->ended++;
    pthread_mutex_unlock(&self->lock);
    return minos_fail(MINOS_EEXISTS, "the gate stood %s", "open");
}

static void gate_wait_begun(gate *self, int count)
{
    pthread_mutex_lock(&self->lock);
    while (self->begun < count)
        pthread_cond_wait(&self->changed, &self->lock);
    pthread_mutex_unlock(&self->lock);
}

static void gate_open(gate *self)
{
    pthread_mutex_lock(&self->lock);
    self->open = true;
    pthread_cond_broadcast(&self->changed);
    pthread_mutex_unlock(&self->lock);
}

static minos_rc offload_gate(void *argument)
{
    return minos_offload(pass_gate, argument);
}

static minos_rc succeed(void *argument)
{
    ++*(int *)argument;
    return MINOS_OK;
}

static minos_rc cannot_wait(void *argument)
{
    (void)argument;
    assert_rc(minos_sleep(1), MINOS_ESTATE);
    return MINOS_OK;
}

static minos_rc offload_main(void *argument)
{
    gate door = GATE_INIT;
    int number = 0;
    (void)argument;
    door.open = true;
    MINOS_TRY(minos_offload(succeed, &number));
    assert_int_equal(number, 1);
    assert_fails(minos_offload(pass_gate, &door), MINOS_EEXISTS, "stood open");
    return minos_offload(cannot_wait, NULL);
}

static void the_result_and_the_error_come_back(void **state)
{
    (void)state;
    mn_on_fiber(offload_main, NULL);
}

static minos_rc begun_main(void *argument)
{
    gate door = GATE_INIT;
    mn_fiber *fiber;
    (void)argument;
    MINOS_TRY(mn_fiber_start("worker", offload_gate, &door, &fiber));
    MINOS_TRY(minos_yield());
    gate_wait_begun(&door, 1);
    mn_fiber_cancel(fiber); /* too late: it has begun */
    assert_rc(mn_fiber_join(fiber, minos_deadline_in(5 * MINOS_MS)), MINOS_ETIMEDOUT);
    gate_open(&door);
    assert_fails(mn_fiber_join(fiber, never()), MINOS_EEXISTS, "stood open");
    assert_int_equal(door.ended, 1);
    return MINOS_OK;
}

static void work_that_has_begun_is_waited_for(void **state)
{
    (void)state;
    mn_on_fiber(begun_main, NULL);
}

#define POOL 4 /* threads of libuv's pool unless UV_THREADPOOL_SIZE says otherwise */

static minos_rc offload_succeed(void *argument)
{
    return minos_offload(succeed, argument);
}

static minos_rc queued_main(void *argument)
{
    gate door = GATE_INIT;
    mn_fiber *busy[POOL], *cancelled, *late;
    int ran = 0;
    (void)argument;
    for (int i = 0; i < POOL; i++)
        MINOS_TRY(mn_fiber_start("busy", offload_gate, &door, &busy[i]));
    MINOS_TRY(minos_yield());
    gate_wait_begun(&door, POOL);
    MINOS_TRY(mn_fiber_start("cancelled", offload_succeed, &ran, &cancelled));
    MINOS_TRY(mn_fiber_start("late", offload_succeed, &ran, &late));
    MINOS_TRY(minos_yield());
    mn_fiber_cancel(cancelled);
    assert_fails(mn_fiber_join(cancelled, never()), MINOS_ECANCELED, "before the work began");
    assert_int_equal(ran, 0);
    gate_open(&door);
    MINOS_TRY(mn_fiber_join(late, never()));
    assert_int_equal(ran, 1);
    for (int i = 0; i < POOL; i++)
        assert_rc(mn_fiber_join(busy[i], never()), MINOS_EEXISTS);
    mn_fiber_cancel(mn_fiber_current());
    assert_rc(minos_offload(succeed, &ran), MINOS_ECANCELED);
    assert_int_equal(ran, 1);
    return MINOS_OK;
}

static void work_that_waits_for_a_thread_can_be_cancelled(void **state)
{
    (void)state;
    mn_on_fiber(queued_main, NULL);
}

static minos_rc resolve_main(void *argument)
{
    static const struct row {
        const char *name, *host, *expected;
    } rows[] = {
        {"IPv4", "192.0.2.1", "192.0.2.1"},          {"IPv6", "2001:db8::1", "2001:db8::1"},
        {"unknown", "nowhere.invalid", NULL},        {"empty", "", NULL},
        {"not quite an address", "1.2.3.256", NULL},
    };
    char address[MN_ADDRESS_BYTES], small[4] = "";
    (void)argument;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        minos_rc rc = mn_resolve(rows[i].host, address, sizeof address);
        /* A machine without a name server cannot tell that there is no such name. */
        if (rows[i].expected == NULL ? rc != MINOS_ENOTFOUND && rc != MINOS_EIO
                                     : rc != MINOS_OK || strcmp(address, rows[i].expected) != 0)
            fail_msg("%s: %s %s", rows[i].name, minos_rc_name(rc), address);
    }
    assert_rc(mn_resolve("192.0.2.1", small, sizeof small), MINOS_ETOOBIG);
    MINOS_TRY(mn_resolve("localhost", address, sizeof address));
    assert_true(strcmp(address, "127.0.0.1") == 0 || strcmp(address, "::1") == 0);
    return MINOS_OK;
}

static void names_are_resolved_on_the_pool(void **state)
{
    (void)state;
    mn_on_fiber(resolve_main, NULL);
}

/* ---- bells ---- */

#define RINGS 20000

typedef struct ringer {
    mn_bell *bell;
    atomic_int produced;
    bool yields; /* to vary the race */
} ringer;

static void *ring_many(void *argument)
{
    ringer *self = argument;
    for (int i = 0; i < RINGS; i++) {
        atomic_fetch_add(&self->produced, 1);
        mn_bell_ring(self->bell);
        if (self->yields)
            sched_yield();
    }
    return NULL;
}

static minos_rc bell_main(void *argument)
{
    ringer self[2] = {{.yields = true}, {.yields = false}};
    pthread_t threads[2];
    int seen = 0;
    mn_bell *bell;
    (void)argument;

    MINOS_TRY(mn_bell_new(&bell));
    assert_rc(mn_bell_wait(bell, minos_deadline_in(MINOS_MS)), MINOS_ETIMEDOUT);
    mn_bell_ring(bell);
    mn_bell_ring(bell); /* two before the wait are one */
    MINOS_TRY(mn_bell_wait(bell, never()));
    assert_rc(mn_bell_wait(bell, minos_deadline_in(MINOS_MS)), MINOS_ETIMEDOUT);
    for (int i = 0; i < 2; i++) {
        self[i].bell = bell;
        assert_int_equal(pthread_create(&threads[i], NULL, ring_many, &self[i]), 0);
    }
    /* No ring after the last look is lost: else this waits for ever. */
    while (seen != 2 * RINGS) {
        MINOS_TRY(mn_bell_wait(bell, minos_deadline_in(20 * MINOS_S)));
        seen = atomic_load(&self[0].produced) + atomic_load(&self[1].produced);
    }
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    mn_bell_ring(bell);
    mn_bell_free(bell); /* rung and not heard */
    mn_bell_free(NULL);
    MINOS_TRY(minos_yield());
    return minos_sleep(MINOS_MS);
}

static void no_ring_from_a_thread_is_lost(void **state)
{
    (void)state;
    mn_on_fiber(bell_main, NULL);
}

static minos_rc wait_for_bell(void *argument)
{
    return mn_bell_wait(argument, never());
}

static minos_rc bell_cancel_main(void *argument)
{
    mn_bell *bell;
    mn_fiber *fiber;
    (void)argument;
    MINOS_TRY(mn_bell_new(&bell));
    MINOS_TRY(mn_fiber_start("waiter", wait_for_bell, bell, &fiber));
    MINOS_TRY(minos_yield());
    mn_fiber_cancel(fiber);
    assert_rc(mn_fiber_join(fiber, never()), MINOS_ECANCELED);
    mn_bell_free(bell);
    return MINOS_OK;
}

static void waiting_for_a_bell_can_be_cancelled(void **state)
{
    (void)state;
    mn_on_fiber(bell_cancel_main, NULL);
}

/* ---- loops on several threads ---- */

static minos_rc busy_main(void *argument)
{
    for (int i = 0; i < 1000; i++) {
        ++*(int *)argument;
        MINOS_TRY(minos_yield());
    }
    return minos_offload(succeed, argument);
}

static void *run_loop(void *argument)
{
    minos_rc rc = mn_loop_run("loop", busy_main, argument);
    return rc == MINOS_OK ? argument : NULL;
}

static void each_thread_may_have_its_loop(void **state)
{
    pthread_t threads[3];
    int counts[3] = {0};
    void *result;
    (void)state;
    for (int i = 0; i < 3; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, run_loop, &counts[i]), 0);
    for (int i = 0; i < 3; i++) {
        pthread_join(threads[i], &result);
        assert_ptr_equal(result, &counts[i]);
        assert_int_equal(counts[i], 1001);
    }
}

/* ---- signals ---- */

static minos_rc signal_main(void *argument)
{
    static const int sent[] = {SIGTERM, SIGINT, SIGHUP, SIGINT};
    int number = 0;
    (void)argument;
    assert_rc(mn_signal_wait(minos_deadline_in(MINOS_MS), &number), MINOS_ETIMEDOUT);
    for (size_t i = 0; i < sizeof sent / sizeof *sent; i++) {
        kill(getpid(), sent[i]);
        MINOS_TRY(mn_signal_wait(minos_deadline_in(20 * MINOS_S), &number));
        assert_int_equal(number, sent[i]);
    }
    kill(getpid(), SIGTERM); /* while nobody waits: kept */
    MINOS_TRY(minos_sleep(2 * MINOS_MS));
    MINOS_TRY(mn_signal_wait(minos_deadline_in(20 * MINOS_S), &number));
    assert_int_equal(number, SIGTERM);
    return MINOS_OK;
}

static void signals_are_kept_until_somebody_asks(void **state)
{
    (void)state;
    mn_on_fiber(signal_main, NULL);
}

/* A handler that never ends keeps the loop from taking any signal. */
static minos_rc stuck_main(void *argument)
{
    const int *sent = argument;
    int number;

    assert_rc(mn_signal_wait(minos_deadline_in(MINOS_MS), &number), MINOS_ETIMEDOUT);
    for (; *sent != 0; sent++)
        kill(getpid(), *sent);
    _exit(7); /* still here */
}

static void a_second_sigint_ends_a_busy_loop(void **state)
{
    static const struct row {
        const char *name;
        int sent[4];
        int code;
    } rows[] = {
        {"one", {SIGINT}, 7},
        {"twice", {SIGINT, SIGINT}, 128 + SIGINT},
        {"after a SIGTERM", {SIGTERM, SIGINT}, 128 + SIGINT},
        {"SIGTERM twice", {SIGTERM, SIGTERM}, 7},
        {"SIGTERM after SIGINT", {SIGINT, SIGTERM}, 7},
        {"after a SIGHUP", {SIGHUP, SIGINT}, 7},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int sent[4], status = 0;
        pid_t child = fork();
        memcpy(sent, rows[i].sent, sizeof sent);
        if (child == 0) {
            dup2(open("/dev/null", O_WRONLY), STDERR_FILENO);
            _exit(mn_loop_run("main", stuck_main, sent) == MINOS_OK ? 0 : 1);
        }
        assert_int_equal(waitpid(child, &status, 0), child);
        if (!WIFEXITED(status) || WEXITSTATUS(status) != rows[i].code)
            fail_msg("%s: status %x", rows[i].name, (unsigned)status);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        /* First, since it forks: when other threads were there at a fork, ThreadSanitizer holds
         * back the child's signals until it blocks, and that one never does. */
        cmocka_unit_test(a_second_sigint_ends_a_busy_loop),
        cmocka_unit_test(the_result_and_the_error_come_back),
        cmocka_unit_test(work_that_has_begun_is_waited_for),
        cmocka_unit_test(work_that_waits_for_a_thread_can_be_cancelled),
        cmocka_unit_test(names_are_resolved_on_the_pool),
        cmocka_unit_test(no_ring_from_a_thread_is_lost),
        cmocka_unit_test(waiting_for_a_bell_can_be_cancelled),
        cmocka_unit_test(each_thread_may_have_its_loop),
        cmocka_unit_test(signals_are_kept_until_somebody_asks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
