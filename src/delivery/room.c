/*
 * Room: how many rows of a handler wait or run. A handler without room stops its topic's intake.
 * The number is counted by each process from what it does itself, and looked up in the sweep.
 */
#include "delivery/inside.h"

static int64_t room_of(const mn_post *post)
{
    return post->handler->room != 0 ? post->handler->room : MN_DELIVERY_ROOM_MAX;
}

/* Closed at the limit, open again at nine tenths of it. */
static void look(mn_post *post)
{
    const mn_delivery_options *options = &post->delivery->options;
    bool full = post->full ? post->rows * 10 > room_of(post) * 9 : post->rows >= room_of(post);

    if (full == post->full)
        return;
    post->full = full;
    if (options->ops->intake != NULL)
        options->ops->intake(options->self, post->handler->topic, !full);
}

void mn_room_add(mn_post *post, int64_t rows)
{
    post->rows += rows;
    look(post);
}

typedef struct counting {
    mn_op op;
    mn_delivery *delivery;
    int64_t *counts; /* by handler */
} counting;

static minos_rc count_run(mn_op *op, mn_sql *sql)
{
    const counting *self = mn_container(op, counting, op);
    mn_statement *select;
    bool row;

    for (size_t i = 0; i < self->delivery->post_count; i++)
        self->counts[i] = 0;
    MINOS_TRY(mn_sql_prepare(
        sql, "SELECT handler, count(*) FROM minos_work WHERE state < 4 GROUP BY handler", &select));
    for (;;) {
        MINOS_TRY(mn_statement_step(select, &row));
        if (!row)
            return MINOS_OK;
        for (size_t i = 0; i < self->delivery->post_count; i++)
            if (minos_view_equal(self->delivery->posts[i].name, mn_column_view(select, 0)))
                self->counts[i] = mn_column_int(select, 1);
    }
}

static const mn_op_ops count_ops = {.name = "counting rows", .run = count_run};

minos_rc mn_room_count(mn_delivery *delivery)
{
    counting self = {.op = {.ops = &count_ops}, .delivery = delivery, .counts = delivery->counts};

    MINOS_TRY(mn_store_read(delivery->store, &self.op));
    for (size_t i = 0; i < delivery->post_count; i++) {
        delivery->posts[i].rows = self.counts[i];
        look(&delivery->posts[i]);
    }
    return MINOS_OK;
}
