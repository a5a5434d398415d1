/*
 * What a synced operation of the store costs, against a log: append to a file, then fdatasync. One
 * sender at a time and a hundred; bodies of 500 bytes; ratios within one run, medians of 3.
 * The folder: STORE_BENCH_DIR, else a fresh one here.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/env.h"
#include "store/section.h"
#include "store/store.h"

#define BODY_BYTES 500
#define ROUNDS     3
#define SENDERS    100

static const char *const steps[] = {
    "CREATE TABLE outbox(id INTEGER PRIMARY KEY AUTOINCREMENT, topic TEXT, data BLOB)", NULL};
static const mn_schema schema = {"bench", steps};
static const mn_schema *const schemas[] = {&schema, NULL};
static char body[BODY_BYTES];

typedef struct put {
    mn_op op;
    int left; /* to be sent once more */
    mn_store *store;
    mn_fiber *waiter;
    int *running;
} put;

static minos_rc put_run(mn_op *op, mn_sql *sql)
{
    mn_statement *insert;
    (void)op;
    MINOS_TRY(
        mn_sql_prepare(sql, "INSERT INTO outbox(topic, data) VALUES('user.created', ?1)", &insert));
    mn_bind_bytes(insert, 1, minos_view_make(body, sizeof body));
    return mn_statement_run(insert);
}

static void put_done(mn_op *op, minos_rc rc)
{
    put *self = mn_container(op, put, op);
    if (rc != MINOS_OK)
        abort();
    if (--self->left > 0)
        mn_store_submit(self->store, &self->op);
    else if (--*self->running == 0)
        mn_fiber_wake(self->waiter);
}

static const mn_op_ops put_ops = {.name = "put", .run = put_run, .done = put_done};

static double seconds_since(int64_t began_ns)
{
    return (double)(mn_now() - began_ns) / 1e9;
}

static double log_rate(const char *path, int batch, int count)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    static char lines[SENDERS * BODY_BYTES];
    int64_t began_ns = mn_now();

    for (int i = 0; i < count; i += batch)
        if (write(fd, lines, (size_t)batch * BODY_BYTES) < 0 || fdatasync(fd) != 0)
            abort();
    close(fd);
    return count / seconds_since(began_ns);
}

static double one_rate(mn_store *store, unsigned flags, int count)
{
    int64_t began_ns = mn_now();
    for (int i = 0; i < count; i++) {
        put one = {.op = {.ops = &put_ops, .flags = flags}};
        if (mn_store_run(store, &one.op) != MINOS_OK)
            abort();
    }
    return count / seconds_since(began_ns);
}

static double section_rate(mn_store *store, int count)
{
    int64_t began_ns = mn_now();
    for (int i = 0; i < count; i++) {
        put one = {.op = {.ops = &put_ops}};
        mn_section *section;
        if (mn_section_open(store, MINOS_S, &section) != MINOS_OK ||
            mn_section_run(section, &one.op) != MINOS_OK ||
            mn_section_commit(section, NULL) != MINOS_OK)
            abort();
    }
    return count / seconds_since(began_ns);
}

static double many_rate(mn_store *store, unsigned flags, int count)
{
    static put puts[SENDERS];
    int running = SENDERS;
    int64_t began_ns = mn_now();

    for (int i = 0; i < SENDERS; i++) {
        puts[i] = (put){.op = {.ops = &put_ops, .flags = flags},
                        .left = count / SENDERS,
                        .store = store,
                        .waiter = mn_fiber_current(),
                        .running = &running};
        mn_store_submit(store, &puts[i].op);
    }
    while (running != 0)
        if (mn_fiber_park(minos_deadline_never()) != MINOS_OK)
            abort();
    return count / seconds_since(began_ns);
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double values[ROUNDS])
{
    qsort(values, ROUNDS, sizeof *values, compare);
    return values[ROUNDS / 2];
}

static minos_rc run(void *argument)
{
    const char *folder = argument;
    double log_one[ROUNDS], log_many[ROUNDS], one[ROUNDS], plain[ROUNDS], many[ROUNDS],
        unsynced[ROUNDS], section[ROUNDS];
    char path[280], log[300];
    mn_store_options options = {.path = path, .service = "bench", .schemas = schemas};
    mn_store *store;
    mn_store_stats stats;

    snprintf(path, sizeof path, "%s/bench.db", folder);
    snprintf(log, sizeof log, "%s/log", folder);
    MINOS_TRY(mn_store_open(&options, &store));
    for (int i = 0; i < ROUNDS; i++) {
        log_one[i] = log_rate(log, 1, 2000);
        one[i] = one_rate(store, MN_OP_SYNCED, 2000);
        plain[i] = one_rate(store, MN_OP_SYNCED | MN_OP_PLAIN, 2000);
        section[i] = section_rate(store, 2000);
        unsynced[i] = one_rate(store, 0, 5000);
        log_many[i] = log_rate(log, SENDERS, 100000);
        many[i] = many_rate(store, MN_OP_SYNCED | MN_OP_PLAIN, 100000);
    }
    stats = mn_store_stats_of(store);
    printf("store.log_one    %.0f msg/s\n", median(log_one));
    printf("store.log_hundred    %.0f msg/s\n", median(log_many));
    printf("store.put_one    %.0f msg/s\n", median(one));
    printf("store.put_one_plain    %.0f msg/s\n", median(plain));
    printf("store.put_one_section    %.0f msg/s\n", median(section));
    printf("store.put_one_unsynced    %.0f msg/s\n", median(unsynced));
    printf("store.put_hundred    %.0f msg/s\n", median(many));
    printf("store.put_one_to_log    %.2f ratio\n", median(plain) / median(log_one));
    printf("store.put_hundred_to_log    %.2f ratio\n", median(many) / median(log_many));
    printf("store.operations_a_group    %.1f operations\n",
           (double)stats.operations / (double)stats.groups);
    printf("store.checkpoints    %llu times\n", (unsigned long long)stats.checkpoints);
    mn_store_close(store);
    unlink(log);
    unlink(path);
    snprintf(log, sizeof log, "%s.ballast", path);
    unlink(log);
    return MINOS_OK;
}

int main(void)
{
    const char *given = getenv("STORE_BENCH_DIR");
    char folder[] = "store_bench.XXXXXX";
    minos_rc rc;

    if (given == NULL && mkdtemp(folder) == NULL)
        return 1;
    rc = mn_loop_run("bench", run, (void *)(given == NULL ? folder : given));
    if (rc != MINOS_OK) {
        char text[512];
        minos_error_describe(minos_error_last(), text, sizeof text);
        fprintf(stderr, "store_bench: %s\n", text);
    }
    if (given == NULL)
        rmdir(folder);
    return rc == MINOS_OK ? 0 : 1;
}
