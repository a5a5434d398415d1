/*
 * Outcomes: what a peer is told of a failure, and what it is not.
 */
#include <stdio.h>
#include <string.h>

#include <minos/enroute.h>
#include <minos/log.h>

#include "base/alloc.h"
#include "enroute/outcome.h"
#include "support/support.h"

static minos_rc refusal(void)
{
    return minos_reject(409, "order %d is closed", 7);
}

static minos_rc wrapped_refusal(void)
{
    return minos_wrap(refusal(), "while reading /etc/secret");
}

static minos_rc traced_refusal(void)
{
    MINOS_TRY(wrapped_refusal());
    return MINOS_OK;
}

static minos_rc missing_field(void)
{
    return minos_wrap(minos_fail(MINOS_EMISSING, "field \"name\" is missing"), "in store.c");
}

static minos_rc our_fault(void)
{
    return minos_fail(MINOS_EIO, "cannot open /etc/secret");
}

static minos_rc wrapped_fault(void)
{
    return minos_wrap(our_fault(), "while connecting with password x");
}

static minos_rc late(void)
{
    return minos_fail(MINOS_ETIMEDOUT, "db-7.internal did not answer");
}

static minos_rc canceled(void)
{
    return minos_fail(MINOS_ECANCELED, "worker 7 is stopping");
}

static minos_rc full(void)
{
    return minos_fail(MINOS_EFULL, "/var/lib/minos is full");
}

static minos_rc bare_parse(void)
{
    return MINOS_EPARSE;
}

static minos_rc bare_timeout(void)
{
    return MINOS_ETIMEDOUT;
}

static minos_rc bare_fault(void)
{
    return MINOS_EIO;
}

static minos_rc bare_response(void)
{
    return MINOS_ERESPONSE;
}

static minos_rc stale(void)
{
    minos_ignore(minos_reject(402, "the secret of another request")); /* was handled */
    return MINOS_ESTATE;
}

static minos_rc unknown_code(void)
{
    return (minos_rc)12345;
}

static minos_rc no_action(void)
{
    return minos_fail(MINOS_ENOACTION, "no action for topic \"x\"");
}

static minos_rc bad_declaration(void)
{
    return minos_fail(MINOS_EREDEFINED, "a is bound at users.c:1 and users.c:2");
}

static minos_rc service_refuses_with_5xx(void)
{
    return minos_reject(503, "closed for lunch");
}

static minos_rc status_out_of_range(void)
{
    return minos_reject(200, "fine?");
}

typedef struct outcome_row {
    const char *name;
    minos_rc (*raise)(void);
    int status;
    const char *message;
    bool is_public;
} outcome_row;

static const outcome_row outcome_rows[] = {
    {"a refusal", refusal, 409, "order 7 is closed", true},
    {"what is wrapped around a refusal stays", wrapped_refusal, 409, "order 7 is closed", true},
    {"and so does its trace", traced_refusal, 409, "order 7 is closed", true},
    {"a refusal with 503", service_refuses_with_5xx, 503, "closed for lunch", true},
    {"a refusal that is none", status_out_of_range, 400, "fine?", true},
    {"a missing field", missing_field, 400, "field \"name\" is missing", true},
    {"no action", no_action, 404, "no action for topic \"x\"", true},
    {"our fault", our_fault, 500, "internal error", false},
    {"our fault, wrapped", wrapped_fault, 500, "internal error", false},
    {"a bad declaration", bad_declaration, 500, "internal error", false},
    {"late", late, 504, "the deadline passed", false},
    {"canceled", canceled, 503, "service unavailable", false},
    {"full", full, 503, "service unavailable", false},
    {"a bare code of the request", bare_parse, 400, "the input is malformed", true},
    {"a bare refusal", bare_response, 400, "the handler refused the request", true},
    {"a bare timeout", bare_timeout, 504, "the deadline passed", false},
    {"a bare fault", bare_fault, 500, "internal error", false},
    {"a code beside a stale error", stale, 500, "internal error", false},
    {"an unknown code", unknown_code, 500, "internal error", false},
};

static void what_a_peer_is_told(void **state)
{
    (void)state;
    for (size_t i = 0; i < mn_count_of(outcome_rows); i++) {
        const outcome_row *row = &outcome_rows[i];
        mn_outcome outcome;
        minos_error_clear();
        outcome = mn_outcome_of_error(row->raise());
        print_message("%s\n", row->name);
        assert_int_equal(outcome.status, row->status);
        assert_string_equal(outcome.message, row->message);
        assert_int_equal(outcome.is_public, row->is_public);
    }
}

/* ---- the log ---- */

typedef struct logged {
    int count;
    minos_level level;
    char line[1024];
} logged;

static void keep_line(void *context, minos_level level, const char *line)
{
    logged *log = context;
    log->count++;
    log->level = level;
    snprintf(log->line, sizeof log->line, "%s", line);
}

static minos_rc handle(minos_request *req, minos_response *res)
{
    (void)req;
    (void)res;
    return MINOS_OK;
}

typedef struct log_row {
    const char *name;
    minos_rc (*raise)(void);
    minos_level level; /* of the log */
    int count;
    const char *part;
} log_row;

static void logged_once_with_its_chain(void **state)
{
    static const minos_route routes[] = {MINOS_BROKER_COMMAND("user.create", handle)};
    static const minos_service service = {MINOS_SERVICE("users", routes)};
    static const log_row rows[] = {
        {"a fault", wrapped_fault, MINOS_LEVEL_INFO, 1, "cannot open /etc/secret"},
        {"with what was being done", wrapped_fault, MINOS_LEVEL_INFO, 1, "while connecting"},
        {"with the handler", our_fault, MINOS_LEVEL_INFO, 1, "users.handle"},
        {"with the key", our_fault, MINOS_LEVEL_INFO, 1, "command user.create"},
        {"a bare fault", bare_fault, MINOS_LEVEL_INFO, 1, "input or output failed"},
        {"not a stale error", stale, MINOS_LEVEL_INFO, 1, "not possible in this state"},
        {"a refusal is no error of ours", refusal, MINOS_LEVEL_INFO, 0, ""},
        {"a refusal when debugging", refusal, MINOS_LEVEL_DEBUG, 1, "order 7 is closed"},
    };
    MINOS_AUTO(minos_factory) *factory = NULL;
    minos_level before = minos_log_level();
    minos_action *action;
    (void)state;

    assert_ok(minos_factory_new(MINOS_SERVICES(&service), NULL, &factory));
    action = minos_factory_next(factory, (minos_route_filter){0}, NULL);
    for (size_t i = 0; i < mn_count_of(rows); i++) {
        logged log = {0};
        minos_error_clear();
        minos_log_level_set(rows[i].level);
        minos_log_output_set(keep_line, &log);
        mn_outcome_log(action, rows[i].raise());
        minos_log_output_set(NULL, NULL);
        print_message("%s\n", rows[i].name);
        assert_int_equal(log.count, rows[i].count);
        if (strstr(log.line, rows[i].part) == NULL || strstr(log.line, "another request") != NULL)
            fail_msg("%s", log.line);
    }
    minos_log_level_set(before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_a_peer_is_told),
        cmocka_unit_test(logged_once_with_its_chain),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
