/*
 * What the tests of delivery share: a service whose handlers do what a message's first letter says,
 * its broker, and looks at the tables. Simulated time, real files.
 */
#ifndef MN_TESTS_DELIVERY_H
#define MN_TESTS_DELIVERY_H

#include "support/store.h"

#include "delivery/inside.h"

/* ---- a service of the tests ---- */

typedef struct ran {
    char handler[16];
    char data[32];
    int attempt;
} ran;

typedef struct service {
    fixture files;
    mn_store *store;
    mn_delivery *delivery;
    mn_delivery_options options;
    ran log[512];
    size_t ran_count;
    /* What handlers do; by the message's first letter: see serve. */
    minos_semaphore *gate; /* handlers of "w…" wait for a place */
    int running, most_running;
    int fails_left;
    char topic_closed[16];
    /* What was published. */
    char sent[512][64]; /* "topic|identifier|data" */
    size_t sent_count;
    bool away;
    mn_death death;
} service;

static inline void serve(void *argument, mn_run *run, mn_delivery_outcome *outcome)
{
    service *self = argument;
    minos_view data = mn_run_data(run);
    ran *line = &self->log[self->ran_count++ % mn_count_of(self->log)];
    char letter = data.size == 0 ? ' ' : data.data[0];
    mn_outgoing stock = {.topic = MINOS_VIEW("stock"),
                         .key = MINOS_VIEW("k"),
                         .identifier = data,
                         .data = MINOS_VIEW("sent")};

    snprintf(line->handler, sizeof line->handler, "%s", mn_run_handler(run)->name);
    snprintf(line->data, sizeof line->data, "%.*s", (int)data.size, data.data);
    line->attempt = mn_run_attempt(run);
    if (++self->running > self->most_running)
        self->most_running = self->running;
    outcome->kind = MN_OUTCOME_OK;
    outcome->replies = true;
    outcome->reply = MINOS_VIEW("reply");
    if (letter == 's' || letter == 'f')
        assert_ok(mn_run_send(run, &stock));
    if (letter == 'w')
        minos_ignore(minos_semaphore_acquire(self->gate, minos_deadline_never()));
    if (letter == 'f' && self->fails_left-- > 0)
        outcome->kind = MN_OUTCOME_FAULT;
    if (letter == 'r')
        outcome->kind = MN_OUTCOME_REFUSED;
    if (letter == 'd')
        outcome->kind = MN_OUTCOME_DEAD;
    if (letter == 'x') {
        outcome->kind = MN_OUTCOME_DROP;
        outcome->replies = false;
    }
    if (letter == 'l' && mn_run_attempt(run) == 1) {
        outcome->kind = MN_OUTCOME_RETRY;
        outcome->after = 90 * MINOS_S;
    }
    if (outcome->kind != MN_OUTCOME_OK)
        snprintf(outcome->error, sizeof outcome->error, "because of %c", letter);
    self->running--;
}

static inline void intake(void *argument, const char *topic, bool open)
{
    service *self = argument;
    snprintf(self->topic_closed, sizeof self->topic_closed, "%s", open ? "" : topic);
}

static inline void death_of(void *argument, int slot, mn_death *ret_death)
{
    (void)slot;
    *ret_death = ((service *)argument)->death;
}

static inline void publish(void *argument, mn_outgoing *messages, size_t message_count)
{
    service *self = argument;
    for (size_t i = 0; i < message_count && !self->away; i++) {
        const mn_outgoing *message = &messages[i];
        if (minos_view_is(message->topic, "refused")) {
            messages[i].result = MN_SENT_REFUSED;
            snprintf(messages[i].why, sizeof messages[i].why, "no such topic");
            continue;
        }
        messages[i].result = MN_SENT_CONFIRMED;
        snprintf(self->sent[self->sent_count++ % mn_count_of(self->sent)], sizeof self->sent[0],
                 "%.*s|%.*s|%.*s", (int)message->topic.size, message->topic.data,
                 (int)message->identifier.size, message->identifier.data, (int)message->data.size,
                 message->data.data);
    }
}

static const mn_delivery_ops service_ops = {
    .name = "test", .run = serve, .intake = intake, .death_of = death_of};
static const mn_transport_ops transport = {.name = "test", .publish = publish};

static const mn_delivery_handler handlers[] = {
    {.name = "event", .topic = "event", .kind = MINOS_KIND_EVENT},
    {.name = "command", .topic = "command", .kind = MINOS_KIND_COMMAND},
    {.name = "again", .topic = "again", .kind = MINOS_KIND_COMMAND, .retry = true},
    {.name = "one", .topic = "one", .kind = MINOS_KIND_EVENT, .concurrency = 1},
    {.name = "held", .topic = "held", .kind = MINOS_KIND_EVENT, .hold_key = true},
    {.name = "small", .topic = "small", .kind = MINOS_KIND_EVENT, .room = 10},
    {.name = "both1", .topic = "both", .kind = MINOS_KIND_EVENT},
    {.name = "both2", .topic = "both", .kind = MINOS_KIND_EVENT},
};

static inline void open_service(service *self)
{
    static const mn_schema *const schemas[] = {&mn_delivery_schema, NULL};
    mn_store_options store = {.path = self->files.path, .service = "users", .schemas = schemas};

    assert_ok(mn_store_open(&store, &self->store));
    self->options = (mn_delivery_options){.store = self->store,
                                          .handlers = handlers,
                                          .handler_count = mn_count_of(handlers),
                                          .ops = &service_ops,
                                          .self = self,
                                          .transport = &transport,
                                          .transport_self = self,
                                          .synced = true};
    assert_ok(mn_delivery_start(&self->options, &self->delivery));
    assert_ok(minos_semaphore_new(0, &self->gate));
}

static inline void close_service(service *self)
{
    mn_delivery_stop(mn_take(&self->delivery), minos_deadline_in(MINOS_S));
    minos_semaphore_free(mn_take(&self->gate));
    mn_store_close(mn_take(&self->store));
}

typedef struct ask {
    mn_op op;
    const char *sql;
    int64_t number;
    char text[256];
} ask;

static inline minos_rc ask_run(mn_op *op, mn_sql *sql)
{
    ask *self = mn_container(op, ask, op);
    mn_statement *select;
    bool row;
    minos_view text;

    MINOS_TRY(mn_sql_prepare(sql, self->sql, &select));
    MINOS_TRY(mn_statement_step(select, &row));
    self->number = row ? mn_column_int(select, 0) : -1;
    text = row ? mn_column_view(select, 0) : minos_view_of("");
    snprintf(self->text, sizeof self->text, "%.*s", (int)text.size, text.data);
    mn_statement_done(select);
    return MINOS_OK;
}

static const mn_op_ops ask_ops = {.name = "asking", .run = ask_run};

/* Run a statement on the writer, so that all before it is done; its first column. */
static inline ask tell(service *self, const char *sql)
{
    ask it = {.op = {.ops = &ask_ops}, .sql = sql};
    assert_ok(mn_store_run(self->store, &it.op));
    return it;
}

#define assert_sql(self, sql, expected) assert_int_equal(tell((self), (sql)).number, (expected))

/* Nothing is left but what was put aside, and live counts match the rows. */
static inline void check_tables(service *self, int64_t rows)
{
    assert_sql(self, "SELECT count(*) FROM minos_work", rows);
    assert_sql(self,
               "SELECT count(*) FROM minos_message m WHERE live <> (SELECT count(*) FROM minos_work"
               " w WHERE w.message_id = m.id)",
               0);
    assert_sql(self,
               "SELECT count(*) FROM minos_work w WHERE NOT EXISTS(SELECT 1 FROM minos_message m"
               " WHERE m.id = w.message_id)",
               0);
    assert_int_equal(mn_delivery_stats_of(self->delivery).promoted, 0);
    assert_int_equal(mn_delivery_stats_of(self->delivery).running, 0);
}

static inline minos_rc receive(service *self, const char *topic, const char *data,
                               const char *reply_topic)
{
    mn_incoming message = {.topic = minos_view_of(topic),
                           .identifier = minos_view_of(data),
                           .token = minos_view_of(data),
                           .reply_topic = minos_view_of(reply_topic),
                           .data = minos_view_of(data)};
    return mn_delivery_receive(self->delivery, &message);
}

static inline minos_rc receive_keyed(service *self, const char *topic, const char *data,
                                     const char *key, int priority)
{
    minos_view keys[1] = {minos_view_of(key)};
    mn_incoming message = {.topic = minos_view_of(topic),
                           .identifier = minos_view_of(data),
                           .token = minos_view_of(data),
                           .data = minos_view_of(data),
                           .keys = keys,
                           .priority = priority};
    return mn_delivery_receive(self->delivery, &message);
}

/* What ran, "data.attempt data.attempt …". */
static const char *what_ran(service *self)
{
    static char text[4096];
    size_t size = 0;
    text[0] = '\0';
    for (size_t i = 0; i < self->ran_count; i++)
        size += (size_t)snprintf(text + size, sizeof text - size, "%s%s.%d", i == 0 ? "" : " ",
                                 self->log[i].data, self->log[i].attempt);
    return text;
}

#endif
