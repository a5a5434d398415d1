/*
 * Owners: slots of several processes, and what is left of one that was killed.
 */
#include "support/support.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "store/owner.h"

typedef struct fixture {
    char folder[64];
    char path[128];
    char owners[160];
} fixture;

static int make(void **state)
{
    fixture *self = calloc(1, sizeof *self);
    snprintf(self->folder, sizeof self->folder, "/tmp/minos-owner-XXXXXX");
    assert_non_null(mkdtemp(self->folder));
    snprintf(self->path, sizeof self->path, "%s/users.db", self->folder);
    snprintf(self->owners, sizeof self->owners, "%s.owners", self->path);
    *state = self;
    return 0;
}

static int drop(void **state)
{
    fixture *self = *state;
    unlink(self->owners);
    rmdir(self->folder);
    free(self);
    return 0;
}

/* A process that takes a slot, says which, and waits to be killed. */
static pid_t start_holder(const char *path, int *ret_slot)
{
    int ends[2];
    pid_t pid;

    assert_int_equal(pipe(ends), 0);
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        mn_owner *owner;
        int slot = -1;
        if (mn_owner_take(path, &owner) == MINOS_OK)
            slot = mn_owner_slot(owner);
        if (write(ends[1], &slot, sizeof slot) != sizeof slot)
            _exit(1);
        for (;;)
            pause();
    }
    close(ends[1]);
    assert_int_equal(read(ends[0], ret_slot, sizeof *ret_slot), sizeof *ret_slot);
    close(ends[0]);
    return pid;
}

static void end_holder(pid_t pid)
{
    assert_int_equal(kill(pid, SIGKILL), 0);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static void test_one_process(void **state)
{
    fixture *self = *state;
    mn_owner *first, *second;

    assert_ok(mn_owner_take(self->path, &first));
    assert_ok(mn_owner_take(self->path, &second));
    assert_int_equal(mn_owner_slot(first), 0);
    assert_int_equal(mn_owner_slot(second), 1);
    assert_true(mn_owner_alive(second, 0));
    assert_true(mn_owner_alive(first, 1));
    assert_false(mn_owner_alive(first, 2));
    assert_false(mn_owner_alive(first, -1));
    assert_false(mn_owner_alive(first, MN_OWNER_SLOTS_MAX));
    mn_owner_leave(first);
    assert_false(mn_owner_alive(second, 0));
    assert_ok(mn_owner_take(self->path, &first));
    assert_int_equal(mn_owner_slot(first), 0);
    mn_owner_leave(first);
    mn_owner_leave(second);
    mn_owner_leave(NULL);
}

static void test_processes(void **state)
{
    fixture *self = *state;
    mn_owner *owner;
    pid_t a, b;
    int slot_a, slot_b;

    assert_ok(mn_owner_take(self->path, &owner)); /* a child must not think that it has this one */
    a = start_holder(self->path, &slot_a);
    b = start_holder(self->path, &slot_b);
    assert_int_equal(slot_a, 1);
    assert_int_equal(slot_b, 2);
    assert_true(mn_owner_alive(owner, slot_a));
    assert_int_equal(kill(a, SIGSTOP), 0);
    assert_true(mn_owner_alive(owner, slot_a)); /* stopped is not dead */
    end_holder(a);
    assert_false(mn_owner_alive(owner, slot_a));
    assert_true(mn_owner_alive(owner, slot_b));
    a = start_holder(self->path, &slot_a);
    assert_int_equal(slot_a, 1);
    end_holder(a);
    end_holder(b);
    mn_owner_leave(owner);
}

static void test_no_folder(void **state)
{
    mn_owner *owner;
    (void)state;
    assert_fails(mn_owner_take("/proc/nowhere/users.db", &owner), MINOS_EIO, "/proc/nowhere");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_one_process, make, drop),
        cmocka_unit_test_setup_teardown(test_processes, make, drop),
        cmocka_unit_test(test_no_folder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
