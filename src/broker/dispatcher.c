/*
 * The dispatcher: from a message to the actions of its topic and back to a reply.
 *
 * Owner: the dispatcher owns its jobs; each is lent to one run. Outcomes follow design.md §5: who
 * asks gets status and message of a refusal, of a fault only that there was one; everything that
 * failed is logged here, once, with its chain, and goes no further.
 */
#include "broker/dispatcher.h"

#include <stdlib.h>

#include <minos/log.h>

#include "base/arena.h"
#include "base/env.h"
#include "base/map.h"
#include "broker/driver.h"
#include "broker/headers.h"
#include "broker/message.h"
#include "enroute/context.h"
#include "enroute/outcome.h"

#define JOBS_KEPT_MAX  1024
#define JOB_BYTES_MAX  ((size_t)64 << 20) /* a handler's arena */
#define JOB_KEPT_BYTES ((size_t)64 << 10) /* a job whose arena grew beyond gives it back */
#define STATUS_FAULT   500
#define STATUS_EXPIRED 504

/* What is bound to one topic. */
typedef struct mn_binding {
    size_t action_count;
    minos_action *actions[];
} mn_binding;

struct minos_dispatcher {
    minos_router *router;
    minos_publisher *publisher;
    minos_factory *own_factory; /* NULL: the parts are borrowed */
    mn_caller *caller;
    mn_map bindings; /* topic to mn_binding, keys borrowed from the rows */
    mn_job *free_jobs;
    size_t free_count;
    mn_dispatcher_counts counts;
};

/* ---- make ---- */

static minos_rc bind(minos_dispatcher *dispatcher, minos_action *action)
{
    minos_view topic = minos_view_of(minos_action_route(action)->key);
    mn_binding *binding = mn_map_get(&dispatcher->bindings, topic);
    size_t count = binding == NULL ? 0 : binding->action_count;

    MINOS_TRY(mn_topic_check(topic.data, "the topic of a route"));
    if (count == MN_HANDLERS_MAX)
        return minos_fail(MINOS_EINVAL, "event %s has more than %d handlers", topic.data,
                          MN_HANDLERS_MAX);
    binding = mn_realloc(binding, sizeof *binding + (count + 1) * sizeof(minos_action *));
    binding->actions[count] = action;
    binding->action_count = count + 1;
    mn_map_set(&dispatcher->bindings, topic, binding);
    return MINOS_OK;
}

minos_rc minos_dispatcher_new(minos_router *router, minos_publisher *publisher,
                              minos_dispatcher **ret_dispatcher)
{
    minos_dispatcher *dispatcher;
    minos_action *const *actions;
    size_t count;

    if (router == NULL || publisher == NULL)
        return minos_fail(MINOS_EINVAL, "router or publisher is NULL");
    if (minos_router_kind_of(router) != MINOS_ROUTER_BROKER)
        return minos_fail(MINOS_EINVAL, "the router is not one of broker routes");
    MINOS_TRY(minos_router_build_routes(router));
    actions = minos_router_routes(router, &count);
    dispatcher = mn_new(minos_dispatcher);
    dispatcher->router = router;
    dispatcher->publisher = publisher;
    for (size_t i = 0; i < count; i++) {
        minos_rc rc = bind(dispatcher, actions[i]);
        if (rc != MINOS_OK) {
            minos_dispatcher_free(dispatcher);
            return rc;
        }
    }
    *ret_dispatcher = dispatcher;
    return MINOS_OK;
}

void minos_dispatcher_free(minos_dispatcher *dispatcher)
{
    size_t place = 0;

    if (dispatcher == NULL)
        return;
    if (dispatcher->own_factory != NULL) {
        minos_factory_destroy(dispatcher->own_factory);
        minos_router_free(dispatcher->router);
        minos_factory_free(dispatcher->own_factory);
        minos_publisher_free(dispatcher->publisher);
    }
    for (mn_map_entry *entry; (entry = mn_map_next(&dispatcher->bindings, &place)) != NULL;)
        free(entry->value);
    mn_map_done(&dispatcher->bindings);
    while (dispatcher->free_jobs != NULL) {
        mn_job *job = dispatcher->free_jobs;
        dispatcher->free_jobs = job->next;
        mn_arena_done(&job->arena);
        free(job);
    }
    free(dispatcher);
}

void mn_dispatcher_own(minos_dispatcher *dispatcher, minos_factory *factory, minos_router *router,
                       minos_publisher *publisher)
{
    dispatcher->own_factory = factory;
    dispatcher->router = router;
    dispatcher->publisher = publisher;
}

minos_router *mn_dispatcher_router(const minos_dispatcher *dispatcher)
{
    return dispatcher->router;
}

void mn_dispatcher_caller_set(minos_dispatcher *dispatcher, mn_caller *caller)
{
    dispatcher->caller = caller;
}

mn_caller *mn_dispatcher_caller(const minos_dispatcher *dispatcher)
{
    return dispatcher->caller;
}

mn_dispatcher_counts mn_dispatcher_count(const minos_dispatcher *dispatcher)
{
    return dispatcher->counts;
}

/* ---- the request of the broker door ---- */

static bool has_content(minos_request *req)
{
    (void)req;
    return true; /* null is content, as in the original */
}

static minos_rc content(minos_request *req, const minos_value **ret_content)
{
    *ret_content = minos_message_content(req->message);
    return MINOS_OK;
}

static const char *header(minos_request *req, const char *name)
{
    return minos_message_header(req->message, name);
}

static minos_rc headers(minos_request *req, const minos_value **ret_headers)
{
    *ret_headers = minos_message_headers(req->message);
    return MINOS_OK;
}

static const mn_request_ops broker_request_ops = {
    .name = "broker",
    .has_content = has_content,
    .content = content,
    .header = header,
    .headers = headers,
};

mn_job *mn_job_current(void)
{
    mn_context *context = mn_task_current()->context;
    if (context == NULL || context->request->ops != &broker_request_ops)
        return NULL;
    return (mn_job *)context->request;
}

/* ---- jobs ---- */

static mn_job *job_take(minos_dispatcher *dispatcher, minos_message *message, minos_action *action,
                        mn_flight *flight)
{
    mn_job *job = dispatcher->free_jobs;
    if (MINOS_LIKELY(job != NULL)) {
        dispatcher->free_jobs = job->next;
        dispatcher->free_count--;
    } else {
        job = mn_new(mn_job);
        mn_arena_init(&job->arena, JOB_BYTES_MAX);
    }
    job->dispatcher = dispatcher;
    job->message = message;
    job->action = action;
    job->flight = flight;
    job->next = NULL;
    mn_request_init(&job->request, &broker_request_ops, MINOS_DOOR_BROKER, &job->arena);
    job->request.message = message;
    job->request.reply_topic = message->reply_topic.data;
    mn_response_init(&job->response, &job->arena);
    return job;
}

static void job_give(mn_job *job)
{
    minos_dispatcher *dispatcher = job->dispatcher;
    if (dispatcher->free_count >= JOBS_KEPT_MAX || job->arena.taken > JOB_KEPT_BYTES) {
        mn_arena_done(&job->arena);
        free(job);
        return;
    }
    minos_arena_reset(&job->arena);
    job->next = dispatcher->free_jobs;
    dispatcher->free_jobs = job;
    dispatcher->free_count++;
}

void mn_job_wait_begin(mn_job *job)
{
    mn_flight *flight = job->flight;
    if (flight->waiting++ == 0 && flight->places != NULL)
        flight->places->give(flight->places->context);
}

void mn_job_wait_end(mn_job *job)
{
    mn_flight *flight = job->flight;
    if (--flight->waiting == 0 && flight->places != NULL)
        flight->places->take(flight->places->context);
}

/* Log a failure, once, and leave in the response what a caller may know of it. */
static void job_fail(mn_job *job, minos_rc rc)
{
    mn_outcome outcome = mn_outcome_of_error(rc);
    minos_view text = mn_arena_try_dup(&job->arena, minos_view_of(outcome.message));

    if (outcome.is_public && !minos_message_should_reply(job->message))
        minos_log_chain(MINOS_LEVEL_WARNING, minos_error_last(), "%s refused %s, and nobody asked",
                        minos_action_name(job->action), minos_message_topic(job->message));
    else
        mn_outcome_log(job->action, rc);
    if (outcome.is_public)
        job->dispatcher->counts.refused++;
    else
        job->dispatcher->counts.failed++;
    mn_response_reset(&job->response);
    job->response.status = outcome.status;
    job->failure = minos_value_text_view(text);
    job->response.content = &job->failure;
    job->response.has_content = true;
    minos_error_clear();
}

/* Run one action; what fails is counted and logged here. Yields. */
static void job_run(mn_job *job)
{
    minos_rc rc = MINOS_OK;

    job->dispatcher->counts.dispatched++;
    if (MINOS_UNLIKELY(job->message->headers->size != 0))
        rc = mn_request_user_set(&job->request, minos_message_header(job->message, MN_HEADER_USER));
    if (MINOS_LIKELY(rc == MINOS_OK))
        rc = minos_action_run(job->action, &job->request, &job->response);
    if (MINOS_UNLIKELY(rc != MINOS_OK))
        job_fail(job, rc);
}

static minos_rc job_run_on_fiber(void *argument)
{
    job_run(argument);
    return MINOS_OK; /* a handler of an event that fails leaves its siblings alone */
}

/* ---- replies ---- */

static minos_status wire_status(int status)
{
    return status < 400   ? MINOS_STATUS_SUCCESS
           : status < 500 ? MINOS_STATUS_ERROR
                          : MINOS_STATUS_SYSTEM_ERROR;
}

static minos_rc try_reply(minos_dispatcher *dispatcher, minos_message *request, int status,
                          const minos_value *content, const mn_header *changed,
                          const mn_header *set)
{
    const mn_message_parts parts = {
        .topic = request->reply_topic,
        .identifier = request->identifier,
        .strategy = MINOS_UNICAST,
        .status = wire_status(status),
        .content = content,
    };
    minos_message *message;
    minos_rc rc = mn_message_make(&parts, &message);

    if (MINOS_UNLIKELY(rc != MINOS_OK))
        return rc;
    rc = mn_headers_of_reply(message, request->headers, status, changed, set);
    if (MINOS_LIKELY(rc == MINOS_OK))
        rc = mn_publisher_publish(dispatcher->publisher, message, true, minos_deadline_never());
    minos_message_unref(message);
    return rc;
}

/*
 * Send a reply. One too big becomes a plain 500, so that nobody waits in vain; a client that has
 * gone, or does not read, costs a line of the log and no more.
 */
static void reply(minos_dispatcher *dispatcher, minos_message *request, int status,
                  const minos_value *content, const mn_header *changed, const mn_header *set)
{
    minos_rc rc = try_reply(dispatcher, request, status, content, changed, set);

    if (MINOS_LIKELY(rc == MINOS_OK))
        return;
    dispatcher->counts.lost_replies++;
    minos_log_chain(MINOS_LEVEL_ERROR, minos_error_last(), "the reply to %s was lost",
                    minos_message_topic(request));
    if (rc == MINOS_ETOOBIG)
        minos_ignore(try_reply(dispatcher, request, STATUS_FAULT, MINOS_VALUE("internal error"),
                               NULL, NULL)); /* the first failure says it all */
    minos_error_clear();
}

static void reply_text(minos_dispatcher *dispatcher, minos_message *request, int status,
                       const char *text)
{
    if (minos_message_should_reply(request))
        reply(dispatcher, request, status, MINOS_VALUE(text), NULL, NULL);
}

static void reply_of_job(mn_job *job)
{
    if (minos_message_should_reply(job->message))
        reply(job->dispatcher, job->message, job->response.status, job->response.content,
              job->request.changed, job->response.headers);
}

/* ---- dispatch ---- */

/* Run all actions of an event at once, each on a fiber; one that gets none runs on this. Yields. */
static void run_all(minos_dispatcher *dispatcher, const mn_binding *binding, minos_message *message,
                    mn_flight *flight)
{
    minos_scope *scope = NULL;
    mn_job *jobs = NULL, *worst = NULL;

    if (minos_scope_new(&scope) != MINOS_OK)
        scope = NULL;
    for (size_t i = binding->action_count; i-- > 0;) {
        mn_job *job = job_take(dispatcher, message, binding->actions[i], flight);
        job->next = jobs;
        jobs = job;
    }
    for (mn_job *job = jobs; job != NULL; job = job->next)
        if (job->next == NULL || scope == NULL ||
            minos_scope_spawn(scope, minos_action_name(job->action), job_run_on_fiber, job) !=
                MINOS_OK)
            job_run(job);
    if (scope != NULL && minos_scope_join(scope, minos_deadline_never()) != MINOS_OK)
        minos_error_clear(); /* cancelled or late: freeing the scope ends the rest */
    minos_scope_free(scope);

    for (mn_job *job = jobs; job != NULL; job = job->next)
        if (worst == NULL || job->response.status > worst->response.status)
            worst = job;
    if (worst != NULL)
        reply_of_job(worst);
    while (jobs != NULL) {
        mn_job *next = jobs->next;
        job_give(jobs);
        jobs = next;
    }
}

static void run(minos_dispatcher *dispatcher, const mn_binding *binding, minos_message *message,
                const mn_places *places)
{
    mn_flight flight = {.places = places};
    mn_job *job;

    if (binding->action_count != 1) {
        run_all(dispatcher, binding, message, &flight);
        return;
    }
    job = job_take(dispatcher, message, binding->actions[0], &flight);
    job_run(job);
    reply_of_job(job);
    job_give(job);
}

/* Nobody waits any more: running the handler would be work for nothing. */
static void expire(minos_dispatcher *dispatcher, minos_message *message)
{
    dispatcher->counts.expired++;
    minos_log_warning("%s was not run: its deadline had passed", minos_message_topic(message));
    reply_text(dispatcher, message, STATUS_EXPIRED, "the deadline passed before the handler began");
}

minos_rc minos_dispatcher_dispatch(minos_dispatcher *dispatcher, minos_message *message)
{
    return mn_dispatcher_dispatch_in(dispatcher, message, NULL);
}

minos_rc mn_dispatcher_dispatch_in(minos_dispatcher *dispatcher, minos_message *message,
                                   const mn_places *places)
{
    const mn_binding *binding = mn_map_get(&dispatcher->bindings, message->topic);
    minos_deadline deadline, outer;

    if (MINOS_UNLIKELY(binding == NULL)) {
        dispatcher->counts.unbound++;
        reply_text(dispatcher, message, minos_rc_status(MINOS_ENOACTION),
                   minos_rc_text(MINOS_ENOACTION));
        return minos_fail(MINOS_ENOACTION, "no action is bound to topic %s", message->topic.data);
    }
    deadline = mn_message_deadline(message);
    if (deadline.at_ns == INT64_MAX) {
        run(dispatcher, binding, message, places);
        return MINOS_OK;
    }
    if (MINOS_UNLIKELY(deadline.at_ns <= mn_now())) {
        expire(dispatcher, message);
        return MINOS_OK;
    }
    outer = minos_fiber_deadline_shorten(deadline);
    run(dispatcher, binding, message, places);
    mn_fiber_deadline_set(outer);
    return MINOS_OK;
}
