/*
 * From a request that was read to its response: see dispatch.h.
 */
#include "http/dispatch.h"

#include <string.h>

#include "enroute/outcome.h"
#include "fiber/fiber.h"
#include "http/adapter.h"
#include "http/reply.h"

#define METHODS_TEXT_MAX 1024

/* What 415 names as acceptable (RFC 9110 §15.5.16): the media types of the codec table. */
#define ACCEPTED                                                                                   \
    "application/json, application/x-www-form-urlencoded, avro/binary, text/plain, "               \
    "application/octet-stream"

/* Methods of RFC 9110, 5789 and those whose answer is 405, not 501, where no row is bound. */
static const char *const methods[] = {"GET",     "HEAD",  "POST",  "PUT",  "DELETE",
                                      "OPTIONS", "TRACE", "PATCH", "QUERY"};

static bool is_method(const mn_http_paths *paths, minos_view method)
{
    for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++)
        if (minos_view_is(method, methods[i]))
            return true;
    return mn_http_paths_knows(paths, method);
}

static void allow(const mn_http_paths *paths, mn_http_turn *turn)
{
    minos_buffer text;
    mn_buffer_init(&text, METHODS_TEXT_MAX);
    mn_http_paths_allow(paths, turn->request.path, &text);
    mn_http_reply_header(&turn->response, "allow", minos_view_make(text.data, text.size));
    mn_buffer_done(&text);
}

/* Whatever is not a row's: OPTIONS, and the four ways to miss. */
static void answer_without_row(const mn_http_paths *paths, mn_http_turn *turn, minos_view method)
{
    bool is_asterisk = turn->request.path.data[0] == '*';
    bool is_options = minos_view_is(method, "OPTIONS");

    if (!is_method(paths, method)) {
        mn_http_problem(&turn->response, 501, "the method is not known here");
    } else if (is_asterisk && !is_options) {
        mn_http_problem(&turn->response, 400, "only OPTIONS may ask for *");
    } else if (!is_asterisk && !turn->request.match.path_known) {
        mn_http_problem(&turn->response, 404, "nothing is bound to this path");
    } else {
        allow(paths, turn);
        if (is_options)
            turn->response.status = 204;
        else
            mn_http_problem(&turn->response, 405, "the path knows other methods");
    }
}

minos_action *mn_http_dispatch_find(const mn_http_dispatch *dispatch, mn_http_turn *turn,
                                    mn_http_reader *reader, minos_arena *arena)
{
    const mn_http_paths *paths = dispatch->adapter->paths;
    minos_view method = mn_http_reader_method(reader);
    const char *why;

    mn_response_init(&turn->response, arena);
    turn->is_head = method.size == 4 && memcmp(method.data, "HEAD", 4) == 0;
    why = mn_http_request_begin(&turn->request, reader, arena);
    if (why != NULL) {
        mn_http_problem(&turn->response, 400, why);
        return NULL;
    }
    if (turn->request.path.data[0] != '*') {
        mn_http_paths_find(paths, turn->request.path, method, &turn->request.match);
        if (MINOS_LIKELY(turn->request.match.data != NULL))
            return turn->request.match.data;
    }
    answer_without_row(paths, turn, method);
    return NULL;
}

/* Read minos-deadline: Unix milliseconds; what is left of it by our clock. */
static minos_rc deadline_of(mn_http_request *request, minos_deadline *ret_deadline)
{
    const char *text = minos_request_header(&request->base, "minos-deadline");
    int64_t at_ms = 0, left_ms;

    if (text == NULL)
        return MINOS_OK;
    if (text[0] == '\0' || strspn(text, "0123456789") != strlen(text) || strlen(text) > 15)
        return minos_reject(400, "minos-deadline is no time in Unix milliseconds");
    for (; *text != '\0'; text++)
        at_ms = at_ms * 10 + (*text - '0');
    left_ms = at_ms - minos_timestamp_now() / 1000;
    if (left_ms <= 0)
        return minos_fail(MINOS_ETIMEDOUT, "the request came after its deadline");
    if (left_ms < INT64_MAX / MINOS_MS)
        *ret_deadline = minos_deadline_min(*ret_deadline, minos_deadline_in(left_ms * MINOS_MS));
    return MINOS_OK;
}

static minos_rc run(const mn_http_dispatch *dispatch, mn_http_turn *turn, minos_action *action)
{
    minos_duration timeout = minos_action_route(action)->timeout;
    minos_deadline deadline = minos_deadline_in(timeout > 0 ? timeout : dispatch->request_timeout);
    minos_rc rc = MINOS_OK;

    if (turn->request.reader->known.deadline != 0)
        MINOS_TRY(deadline_of(&turn->request, &deadline));
    MINOS_TRY(mn_http_request_user(&turn->request));
    mn_fiber_deadline_set(deadline);
    if (dispatch->places != NULL)
        rc = minos_semaphore_acquire(dispatch->places, minos_deadline_never());
    if (rc == MINOS_OK) {
        rc = minos_action_run(action, &turn->request.base, &turn->response);
        if (dispatch->places != NULL)
            minos_semaphore_release(dispatch->places);
    } else {
        rc = minos_fail(rc == MINOS_ETIMEDOUT ? MINOS_ETOOMANY : rc,
                        "no place among the handlers was free in time");
    }
    mn_fiber_deadline_set(minos_deadline_never());
    return rc;
}

void mn_http_dispatch_run(const mn_http_dispatch *dispatch, mn_http_turn *turn,
                          minos_action *action)
{
    minos_rc rc = run(dispatch, turn, action);
    if (MINOS_UNLIKELY(rc != MINOS_OK))
        mn_http_dispatch_fail(turn, action, rc);
}

void mn_http_dispatch_fail(mn_http_turn *turn, const minos_action *action, minos_rc rc)
{
    mn_outcome outcome = mn_outcome_of_error(rc);

    mn_outcome_log(action, rc);
    mn_response_reset(&turn->response);
    mn_http_problem(&turn->response, outcome.status, outcome.is_public ? outcome.message : NULL);
    if (outcome.status == 415)
        mn_http_reply_header(&turn->response, "accept", MINOS_VIEW(ACCEPTED));
    if (outcome.status == 503)
        mn_http_reply_header(&turn->response, "retry-after", MINOS_VIEW("1"));
}
