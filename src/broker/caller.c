/*
 * The caller: see caller.h.
 *
 * Invariant: an ask lies in `asked` exactly while its fiber waits; whoever hands it a reply, and
 * the caller's end, take it out. A reply whose identifier is not there has come too late.
 */
#include "broker/caller.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/task.h"
#include "broker/dispatcher.h"
#include "broker/headers.h"
#include "broker/identifiers.h"
#include "broker/message.h"
#include "broker/pending.h"
#include "enroute/context.h"
#include "fiber/fiber.h"

/* One fiber that waits for a reply; lies on its stack. */
typedef struct ask {
    mn_pending_entry entry; /* first: what the table holds */
    mn_fiber *fiber;
    minos_message *reply;
    bool closed; /* the caller has ended */
} ask;

struct mn_caller {
    mn_caller *older; /* of this thread */
    minos_publisher *publisher;
    minos_publisher *direct; /* for requests, whose askers wait: past any queue */
    const mn_broker_ops *ops;
    mn_broker_source source;
    minos_subscriber *replies; /* NULL until the first request */
    char topic[MN_OWN_TOPIC_BYTES + 1];
    mn_pending asked;
    mn_identifiers identifiers;
    uint64_t late_count;
};

static _Thread_local mn_caller *newest;

void mn_own_topic(char topic[MN_OWN_TOPIC_BYTES + 1])
{
    static const char digits[] = "0123456789abcdef";
    uint8_t bytes[MN_OWN_TOPIC_BYTES / 2];
    mn_env->random(bytes, sizeof bytes);
    for (size_t i = 0; i < sizeof bytes; i++) {
        topic[2 * i] = digits[bytes[i] >> 4];
        topic[2 * i + 1] = digits[bytes[i] & 15];
    }
    topic[MN_OWN_TOPIC_BYTES] = '\0';
}

/* ---- life ---- */

minos_rc mn_caller_new(minos_publisher *publisher, const mn_broker_ops *ops,
                       const mn_broker_source *source, mn_caller **ret_caller)
{
    mn_caller *caller = mn_new(mn_caller);
    caller->publisher = publisher;
    caller->direct = mn_publisher_direct(publisher);
    caller->ops = ops;
    caller->source = *source;
    if (source->hub != NULL)
        mn_hub_ref(source->hub);
    mn_own_topic(caller->topic);
    caller->older = newest;
    newest = caller;
    *ret_caller = caller;
    return MINOS_OK;
}

static void unregister(mn_caller *caller)
{
    for (mn_caller **link = &newest; *link != NULL; link = &(*link)->older)
        if (*link == caller) {
            *link = caller->older;
            return;
        }
}

void mn_caller_free(mn_caller *caller)
{
    if (caller == NULL)
        return;
    unregister(caller);
    for (ask *one; (one = (ask *)mn_pending_any(&caller->asked)) != NULL;) {
        mn_pending_remove(&caller->asked, &one->entry);
        one->closed = true;
        mn_fiber_wake(one->fiber);
    }
    minos_subscriber_free(caller->replies);
    mn_hub_unref(caller->source.hub);
    mn_pending_done(&caller->asked);
    free(caller);
}

mn_caller *mn_caller_current(void)
{
    mn_job *job = mn_job_current();
    mn_caller *caller = job == NULL ? NULL : mn_dispatcher_caller(job->dispatcher);
    return caller != NULL ? caller : newest;
}

uint64_t mn_caller_late(const mn_caller *caller)
{
    return caller->late_count;
}

size_t mn_caller_asked(const mn_caller *caller)
{
    return caller->asked.count;
}

/* ---- replies ---- */

static void on_reply(void *context, minos_message *message)
{
    mn_caller *caller = context;
    ask *one = (ask *)mn_pending_find(&caller->asked, &message->identifier);

    if (MINOS_UNLIKELY(one == NULL)) {
        caller->late_count++;
        return;
    }
    mn_pending_remove(&caller->asked, &one->entry);
    one->reply = minos_message_ref(message);
    mn_fiber_wake(one->fiber);
}

static minos_rc open_replies(mn_caller *caller)
{
    const char *const topics[] = {caller->topic, NULL};
    const minos_subscriber_options options = {.topics = topics, .remove_topics_on_destroy = true};
    minos_subscriber *replies;
    minos_rc rc;

    MINOS_TRY(mn_subscriber_open(caller->ops, &caller->source, &options, &replies));
    if (caller->replies != NULL) { /* another fiber was faster while this one waited */
        minos_subscriber_free(replies);
        return MINOS_OK;
    }
    rc = mn_subscriber_listen(replies, on_reply, caller);
    if (rc != MINOS_OK) {
        minos_subscriber_free(replies);
        return minos_wrap(rc, "while beginning to read replies");
    }
    caller->replies = replies;
    return MINOS_OK;
}

/* ---- ask and send ---- */

/* Wait until a reply or the caller's end. Yields. */
static minos_rc wait_for_reply(ask *one, minos_deadline deadline, const char *topic)
{
    minos_rc rc = MINOS_OK;
    while (one->reply == NULL && !one->closed && rc == MINOS_OK)
        rc = mn_fiber_park(deadline);
    if (MINOS_LIKELY(one->reply != NULL))
        return MINOS_OK;
    if (one->closed)
        return minos_fail(MINOS_ECLOSED, "the broker stopped before %s was answered", topic);
    if (rc == MINOS_ETIMEDOUT)
        return minos_fail(rc, "no reply from %s by the deadline", topic);
    return minos_fail(rc, "%s while waiting for the reply from %s", minos_rc_text(rc), topic);
}

static minos_rc ask_and_wait(mn_caller *caller, minos_message *message, minos_deadline deadline,
                             minos_message **ret_reply)
{
    ask one = {.entry = {message->identifier}, .fiber = mn_fiber_current()};
    mn_job *job;
    minos_rc rc;

    mn_pending_add(&caller->asked, &one.entry);
    rc = mn_publisher_publish(caller->direct, message, false, deadline);
    if (MINOS_LIKELY(rc == MINOS_OK)) {
        job = mn_job_current();
        if (job != NULL)
            mn_job_wait_begin(job);
        rc = wait_for_reply(&one, deadline, message->topic.data);
        if (job != NULL)
            mn_job_wait_end(job);
    }
    if (MINOS_LIKELY(rc == MINOS_OK)) {
        *ret_reply = one.reply;
        return MINOS_OK;
    }
    minos_message_unref(one.reply); /* it was answered before publish could say so */
    if (!one.closed)
        mn_pending_remove(&caller->asked, &one.entry);
    return rc;
}

minos_rc mn_caller_ask(mn_caller *caller, const char *topic, const minos_value *content,
                       minos_deadline deadline, minos_message **ret_reply)
{
    const int64_t now_ns = mn_now();
    mn_message_parts parts;
    minos_message *message;
    minos_rc rc;

    MINOS_TRY(mn_topic_check(topic, "the topic"));
    if (MINOS_UNLIKELY(mn_fiber_current() == NULL))
        return minos_fail(MINOS_ESTATE, "only a fiber can wait for a reply");
    if (MINOS_UNLIKELY(minos_fiber_canceled()))
        return minos_fail(MINOS_ECANCELED, "a cancelled fiber asks nothing of %s", topic);
    if (MINOS_UNLIKELY(caller->replies == NULL))
        MINOS_TRY(open_replies(caller));
    if (MINOS_UNLIKELY(caller->asked.count >= MN_CALLER_ASKED_MAX))
        return minos_fail(MINOS_ETOOMANY, "%d requests wait for their replies",
                          MN_CALLER_ASKED_MAX);
    deadline = minos_deadline_min(deadline, minos_fiber_deadline());
    if (deadline.at_ns == INT64_MAX)
        deadline.at_ns = now_ns + MN_REQUEST_WAIT;
    parts = (mn_message_parts){
        .topic = minos_view_of(topic),
        .reply_topic = minos_view_make(caller->topic, MN_OWN_TOPIC_BYTES),
        .identifier = mn_identifiers_next(&caller->identifiers),
        .strategy = MINOS_UNICAST,
        .status = MINOS_STATUS_SUCCESS,
        .content = content,
    };
    MINOS_TRY(mn_message_make(&parts, &message));
    rc = mn_headers_of_send(message, deadline, now_ns);
    if (MINOS_LIKELY(rc == MINOS_OK))
        rc = ask_and_wait(caller, message, deadline, ret_reply);
    minos_message_unref(message);
    return MINOS_LIKELY(rc == MINOS_OK) ? rc : minos_wrap(rc, "while asking %s", topic);
}

minos_rc mn_caller_send(mn_caller *caller, const char *topic, const minos_value *content,
                        minos_strategy strategy)
{
    mn_message_parts parts;
    minos_message *message;
    minos_rc rc;

    MINOS_TRY(mn_topic_check(topic, "the topic"));
    parts = (mn_message_parts){
        .topic = minos_view_of(topic),
        .identifier = mn_identifiers_next(&caller->identifiers),
        .strategy = strategy,
        .status = MINOS_STATUS_SUCCESS,
        .content = content,
    };
    MINOS_TRY(mn_message_make(&parts, &message));
    rc = mn_headers_of_send(message, minos_deadline_never(), 0);
    if (MINOS_LIKELY(rc == MINOS_OK))
        rc = minos_publisher_send(caller->publisher, message);
    minos_message_unref(message);
    return rc;
}

/* ---- for handlers ---- */

static minos_rc find(mn_caller **ret_caller)
{
    mn_caller *caller = mn_caller_current();
    if (MINOS_UNLIKELY(caller == NULL))
        return minos_fail(MINOS_ESTATE, "no broker is set up on this loop");
    *ret_caller = caller;
    return MINOS_OK;
}

static void free_reply(void *reply)
{
    minos_message_unref(reply);
}

/* Lend the content: to a handler for its life, to any other fiber until it asks again. */
static minos_rc lend(minos_message *reply, const minos_value **ret_content)
{
    const mn_context *context = mn_task_current()->context;
    minos_rc rc;

    if (context == NULL) {
        *ret_content = reply->content;
        mn_task_keep(reply, free_reply);
        return MINOS_OK;
    }
    rc = minos_value_dup(context->request->arena, reply->content, ret_content);
    minos_message_unref(reply);
    return rc;
}

static minos_rc refuse(minos_message *reply, const char *topic)
{
    minos_view text = minos_value_view(reply->content);
    int status = mn_headers_status(reply);
    minos_rc rc;

    if (reply->content->type == MINOS_TYPE_STRING)
        rc = minos_reject(status, "%.*s", (int)text.size, text.data);
    else if (reply->content->type == MINOS_TYPE_NULL)
        rc = minos_reject(status, "%s answered with status %d", topic, status);
    else
        rc = minos_reject(status, "%s", minos_message_text(reply));
    minos_message_unref(reply);
    return minos_wrap(rc, "%s answered with status %d", topic, status);
}

minos_rc minos_broker_request(const char *topic, const minos_value *content,
                              const minos_value **ret_reply)
{
    mn_caller *caller = NULL;
    minos_message *reply;

    MINOS_TRY(find(&caller));
    MINOS_TRY(mn_caller_ask(caller, topic, content, minos_deadline_never(), &reply));
    if (MINOS_UNLIKELY(reply->status != MINOS_STATUS_SUCCESS))
        return refuse(reply, topic);
    return lend(reply, ret_reply);
}

minos_rc minos_broker_send(const char *topic, const minos_value *content)
{
    mn_caller *caller = NULL;
    MINOS_TRY(find(&caller));
    MINOS_TRY(mn_caller_send(caller, topic, content, MINOS_UNICAST));
    return MINOS_OK;
}

minos_rc minos_broker_publish(const char *topic, const minos_value *content)
{
    mn_caller *caller = NULL;
    MINOS_TRY(find(&caller));
    MINOS_TRY(mn_caller_send(caller, topic, content, MINOS_MULTICAST));
    return MINOS_OK;
}
