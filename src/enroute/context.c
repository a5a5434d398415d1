/*
 * The context of the running task: see context.h.
 */
#include "enroute/context.h"

#include "base/arena.h"

void mn_context_enter(mn_context *context, minos_request *req)
{
    mn_task *task = mn_task_current();

    context->outer = task->context;
    context->outer_reply_topic = task->reply_topic;
    context->request = req;
    context->user = minos_request_user(req);
    context->changed = NULL;
    context->headers = NULL;
    context->name = NULL;
    task->context = context;
    task->reply_topic = req->reply_topic;
}

void mn_context_leave(mn_context *context)
{
    mn_task *task = mn_task_current();

    context->request->changed = context->changed;
    task->context = context->outer;
    task->reply_topic = context->outer_reply_topic;
}

const char *mn_context_reply_topic_set(const char *topic)
{
    mn_task *task = mn_task_current();
    const char *old = task->reply_topic;
    task->reply_topic = topic;
    return old;
}

const minos_uuid *minos_context_user(void)
{
    const mn_context *context = mn_task_current()->context;
    return context == NULL ? NULL : context->user;
}

const minos_value *minos_context_headers(void)
{
    mn_context *context = mn_task_current()->context;
    const minos_value *sent;

    if (context == NULL)
        return NULL;
    if (context->headers == NULL) {
        if (minos_request_headers(context->request, &sent) != MINOS_OK)
            sent = NULL; /* the door already lets nothing through that cannot be read */
        context->headers = context->changed == NULL && sent != NULL
                               ? sent
                               : mn_header_map(context->request->arena, sent, context->changed);
    }
    return context->headers;
}

minos_rc minos_context_header_set(const char *name, const char *value)
{
    mn_context *context = mn_task_current()->context;

    if (context == NULL)
        return minos_fail(MINOS_ESTATE, "a header can only be changed while a request is handled");
    MINOS_TRY(mn_header_check(name, value));
    MINOS_TRY(mn_header_put(&context->changed, context->request->arena, minos_view_of(name),
                            minos_view_of(value)));
    context->headers = NULL;
    return MINOS_OK;
}

const char *minos_context_reply_topic(void)
{
    return mn_task_current()->reply_topic;
}
