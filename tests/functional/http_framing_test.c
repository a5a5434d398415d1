/*
 * Bytes sent to a real connector, and what comes back: RFC 9112 by rows. Every row is sent whole to
 * a socket of the machine, and in simulation cut in two at every byte: the same answers.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "fiber/simulation.h"
#include "fiber/socket.h"
#include "support/http_fixture.h"

/* ---- the service ---- */

static minos_handler_fn get_user, echo, nothing, fail_it, reject_it, status_of, headers_of,
    params_of, slow, bytes_of, bad_content, no_content;

static const minos_route rows_of_service[] = {
    MINOS_REST_QUERY("GET", "/users/{user_id}", get_user),
    MINOS_REST_COMMAND("POST", "/echo", echo),
    MINOS_REST_COMMAND("PUT", "/echo", echo),
    MINOS_REST_QUERY("GET", "/nothing", nothing),
    MINOS_REST_QUERY("GET", "/fail", fail_it),
    MINOS_REST_QUERY("GET", "/reject", reject_it),
    MINOS_REST_QUERY("GET", "/status/{status}", status_of),
    MINOS_REST_QUERY("GET", "/headers", headers_of),
    MINOS_REST_QUERY("GET", "/params/{name}", params_of),
    MINOS_REST_QUERY("GET", "/slow", slow, .timeout = 50 * MINOS_MS),
    MINOS_REST_QUERY("GET", "/bytes", bytes_of),
    MINOS_REST_QUERY("GET", "/bad-content", bad_content),
    MINOS_REST_QUERY("GET", "/no-content", no_content),
    MINOS_REST_QUERY("*", "/any", nothing),
};

static const minos_service service = {MINOS_SERVICE("framing", rows_of_service)};

static minos_rc get_user(minos_request *req, minos_response *res)
{
    const char *id;
    MINOS_TRY(minos_request_param(req, "user_id", &id));
    return minos_reply(res, MINOS_MAP(MINOS_KV("id", id)));
}

static minos_rc echo(minos_request *req, minos_response *res)
{
    const minos_value *content;
    const char *type = minos_request_content_type(req);
    MINOS_TRY(minos_request_content(req, &content));
    return minos_reply_as(res, type == NULL ? "application/octet-stream" : type, content);
}

static minos_rc nothing(minos_request *req, minos_response *res)
{
    (void)req;
    (void)res;
    return MINOS_OK;
}

static minos_rc fail_it(minos_request *req, minos_response *res)
{
    (void)req;
    (void)res;
    return minos_fail(MINOS_EIO, "a secret of the house");
}

static minos_rc reject_it(minos_request *req, minos_response *res)
{
    (void)req;
    (void)res;
    return minos_reject(409, "the order is \"closed\"");
}

static minos_rc status_of(minos_request *req, minos_response *res)
{
    const char *text;
    MINOS_TRY(minos_request_param(req, "status", &text));
    return minos_reply_status(res, atoi(text), MINOS_MAP(MINOS_KV("a", 1)));
}

static minos_rc headers_of(minos_request *req, minos_response *res)
{
    const minos_value *headers;
    MINOS_TRY(minos_request_headers(req, &headers));
    MINOS_TRY(minos_context_header_set("x-context", "travels"));
    MINOS_TRY(minos_response_header_set(res, "x-own", "mine"));
    MINOS_TRY(minos_response_header_set(res, "content-length", "12345"));
    return minos_reply(res, headers);
}

static minos_rc params_of(minos_request *req, minos_response *res)
{
    const minos_value *params;
    MINOS_TRY(minos_request_params(req, &params));
    return minos_reply(res, params);
}

static minos_rc slow(minos_request *req, minos_response *res)
{
    (void)req;
    (void)res;
    MINOS_TRY(minos_sleep(MINOS_H));
    return MINOS_OK;
}

static minos_rc bytes_of(minos_request *req, minos_response *res)
{
    (void)req;
    return minos_reply_as(res, "image/png", MINOS_VALUE(minos_value_bytes(MINOS_VIEW("\x89PNG"))));
}

static minos_rc bad_content(minos_request *req, minos_response *res)
{
    (void)req;
    return minos_reply(res, MINOS_MAP(MINOS_KV("text", minos_value_text("\xff"))));
}

static minos_rc no_content(minos_request *req, minos_response *res)
{
    (void)req;
    return minos_reply_status(res, 204, NULL);
}

/* ---- the rows ---- */

typedef struct row {
    const char *name;
    minos_view bytes;
    const char *statuses; /* in order, then "open" or "closed" */
    const char *has;      /* part of what comes back; NULL: any */
    const char *lacks;    /* no part of it */
} row;

#define B(text)                                                                                    \
    {                                                                                              \
        text, sizeof(text) - 1                                                                     \
    }
#define H       "Host: a\r\n"
#define LINE    " HTTP/1.1\r\n" H
#define JSON    "Content-Type: application/json\r\n"
#define USER_ID "01234567-89ab-4def-8123-456789abcdef"
#define LONG50  "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
#define LONG500 LONG50 LONG50 LONG50 LONG50 LONG50 LONG50 LONG50 LONG50 LONG50 LONG50

static const row rows[] = {
    {"a get", B("GET /users/42" LINE "\r\n"), "200 open", "\r\n\r\n{\"id\":\"42\"}", NULL},
    {"its head", B("GET /users/42" LINE "\r\n"), "200 open", "Content-Length: 11\r\n",
     "Connection"},
    {"its type", B("GET /users/42" LINE "\r\n"), "200 open", "Content-Type: application/json\r\n",
     NULL},
    {"its date", B("GET /users/42" LINE "\r\n"), "200 open", " GMT\r\n", NULL},
    {"two pipelined", B("GET /users/1" LINE "\r\nGET /users/2" LINE "\r\n"), "200 200 open",
     "{\"id\":\"1\"}HTTP", NULL},
    {"one that is not found between",
     B("GET /users/1" LINE "\r\nGET /x" LINE "\r\nGET /users/2" LINE "\r\n"), "200 404 200 open",
     NULL, NULL},
    {"close", B("GET /users/1" LINE "Connection: close\r\n\r\n"), "200 closed",
     "Connection: close\r\n", NULL},
    {"close, and more behind it",
     B("GET /users/1" LINE "Connection: close\r\n\r\nGET /users/2" LINE "\r\n"), "200 closed", NULL,
     NULL},
    {"HTTP/1.0", B("GET /users/1 HTTP/1.0\r\n\r\n"), "200 closed", "Connection: close\r\n", NULL},
    {"HTTP/1.0 that stays", B("GET /users/1 HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"),
     "200 open", "Connection: keep-alive\r\n", NULL},
    {"an empty answer", B("GET /nothing" LINE "\r\n"), "200 open", "Content-Length: 0\r\n\r\n",
     "Content-Type"},
    {"status 204", B("GET /no-content" LINE "\r\nGET /users/1" LINE "\r\n"), "204 200 open", NULL,
     NULL},
    {"status 204 with content", B("GET /status/204" LINE "Connection: close\r\n\r\n"), "204 closed",
     NULL, "Content-Length"},
    {"status 304 with content", B("GET /status/304" LINE "Connection: close\r\n\r\n"), "304 closed",
     NULL, "{"},
    {"status 205 with content", B("GET /status/205" LINE "Connection: close\r\n\r\n"), "205 closed",
     "Content-Length: 0", "{"},
    {"status 201", B("GET /status/201" LINE "\r\n"), "201 open", "201 Created\r\n", NULL},
    {"a status of no standard", B("GET /status/299" LINE "\r\n"), "299 open", "HTTP/1.1 299 \r\n",
     NULL},
    {"status 101 is no answer", B("GET /status/101" LINE "\r\n"), "500 open", NULL, NULL},
    {"HEAD", B("HEAD /users/42" LINE "Connection: close\r\n\r\n"), "200 closed",
     "Content-Length: 11\r\n", "{"},
    {"HEAD of nobody", B("HEAD /x" LINE "Connection: close\r\n\r\n"), "404 closed", "problem+json",
     "{"},
    {"OPTIONS", B("OPTIONS /echo" LINE "Connection: close\r\n\r\n"), "204 closed",
     "Allow: POST, PUT, OPTIONS\r\n", NULL},
    {"OPTIONS of everything", B("OPTIONS *" LINE "Connection: close\r\n\r\n"), "204 closed",
     "Allow: GET, POST, PUT, HEAD, OPTIONS\r\n", NULL},
    {"OPTIONS of nobody", B("OPTIONS /x" LINE "\r\n"), "404 open", NULL, NULL},
    {"OPTIONS of a row for any method", B("OPTIONS /any" LINE "\r\n"), "200 open", NULL, NULL},
    {"an unknown method of a row for any", B("FOO /any" LINE "\r\n"), "200 open", NULL, NULL},
    {"GET of everything", B("GET *" LINE "\r\n"), "400 open", NULL, NULL},
    {"nobody", B("GET /x" LINE "\r\n"), "404 open", "\"title\":\"Not Found\",\"status\":404", NULL},
    {"problem", B("GET /x" LINE "\r\n"), "404 open", "Content-Type: application/problem+json\r\n",
     NULL},
    {"another method", B("DELETE /echo" LINE "\r\n"), "405 open", "Allow: POST, PUT, OPTIONS\r\n",
     NULL},
    {"an unknown method", B("FOO /echo" LINE "\r\n"), "501 open", NULL, NULL},
    {"CONNECT", B("CONNECT a:80" LINE "\r\n"), "400 open", NULL, NULL},
    {"TRACE", B("TRACE /echo" LINE "\r\n"), "405 open", NULL, NULL},
    {"absolute form", B("GET http://b/users/7" LINE "\r\n"), "200 open", "{\"id\":\"7\"}", NULL},
    {"an encoded slash", B("GET /users/a%2Fb" LINE "\r\n"), "200 open", "{\"id\":\"a/b\"}", NULL},
    {"a NUL in a param", B("GET /users/a%00b" LINE "\r\n"), "400 open", "NUL", NULL},
    {"a param that is no UTF-8", B("GET /users/%ff" LINE "\r\n"), "400 open", "UTF-8", NULL},
    {"a bad percent", B("GET /users/%zz" LINE "\r\n"), "400 open", NULL, NULL},
    {"a query", B("GET /params/n?a=1&b=2&a=3&c=&d&e=x+y%26" LINE "\r\n"), "200 open",
     "{\"a\":[\"1\",\"3\"],\"b\":\"2\",\"c\":\"\",\"d\":\"\",\"e\":\"x y&\",\"name\":\"n\"}", NULL},
    {"one name in query and path", B("GET /params/n?name=m" LINE "\r\n"), "200 open",
     "{\"name\":[\"m\",\"n\"]}", NULL},
    {"a bad query", B("GET /params/n?a=%f" LINE "\r\n"), "400 open", NULL, NULL},
    {"a query that is no UTF-8", B("GET /params/n?a=%ff" LINE "\r\n"), "400 open", NULL, NULL},
    {"headers", B("GET /headers" LINE "X-A: 1\r\nx-a: 2\r\nCookie: a=b\r\nCookie: c=d\r\n\r\n"),
     "200 open", "{\"host\":\"a\",\"x-a\":\"1, 2\",\"cookie\":\"a=b; c=d\"}", NULL},
    {"headers that go back", B("GET /headers" LINE "\r\n"), "200 open",
     "X-Own: mine\r\nX-Context: travels\r\n", "12345"},
    {"a user", B("GET /users/1" LINE "user: " USER_ID "\r\n\r\n"), "200 open", NULL, NULL},
    {"a user that is none", B("GET /users/1" LINE "user: me\r\n\r\n"), "400 open", "UUID", NULL},
    {"a failure", B("GET /fail" LINE "\r\nGET /users/1" LINE "\r\n"), "500 200 open",
     "Internal Server Error", "secret"},
    {"a refusal", B("GET /reject" LINE "\r\n"), "409 open",
     "\"detail\":\"the order is \\\"closed\\\"\"", NULL},
    {"a row's deadline", B("GET /slow" LINE "\r\nGET /users/1" LINE "\r\n"), "504 200 open", NULL,
     NULL},
    {"a deadline that has passed", B("GET /users/1" LINE "minos-deadline: 1000\r\n\r\n"),
     "504 open", NULL, NULL},
    {"a deadline far away", B("GET /users/1" LINE "minos-deadline: 99999999999999\r\n\r\n"),
     "200 open", NULL, NULL},
    {"a deadline that is none", B("GET /users/1" LINE "minos-deadline: soon\r\n\r\n"), "400 open",
     NULL, NULL},
    {"bytes of any type", B("GET /bytes" LINE "\r\n"), "200 open",
     "Content-Type: image/png\r\nContent-Length: 4\r\n\r\n\x89PNG", NULL},
    {"content that JSON cannot carry", B("GET /bad-content" LINE "\r\nGET /users/1" LINE "\r\n"),
     "500 200 open", NULL, "text"},

    {"an echo", B("POST /echo" LINE JSON "Content-Length: 7\r\n\r\n{\"a\":1}"), "200 open",
     "\r\n\r\n{\"a\":1}", NULL},
    {"an echo in chunks",
     B("POST /echo" LINE JSON
       "Transfer-Encoding: chunked\r\n\r\n3\r\n{\"a\r\n4\r\n\":1}\r\n0\r\n\r\n"),
     "200 open", "\r\n\r\n{\"a\":1}", NULL},
    {"an echo in chunks with trailers",
     B("POST /echo" LINE JSON
       "Transfer-Encoding: chunked\r\n\r\n7;x=y\r\n{\"a\":1}\r\n0\r\nX: y\r\n\r\nGET /users/1" LINE
       "\r\n"),
     "200 200 open", "\r\n\r\n{\"a\":1}", NULL},
    {"an echo of a form",
     B("POST /echo" LINE
       "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 11\r\n\r\na=1&b=2&a=3"),
     "200 open", "\r\n\r\na=1&a=3&b=2", NULL},
    {"an echo of text",
     B("POST /echo" LINE "Content-Type: text/plain\r\nContent-Length: 2\r\n\r\nhi"), "200 open",
     "text/plain", NULL},
    {"an echo of bytes",
     B("POST /echo" LINE
       "Content-Type: application/octet-stream\r\nContent-Length: 2\r\n\r\n\x01\x02"),
     "200 open", "\r\n\r\n\x01\x02", NULL},
    {"no content", B("POST /echo" LINE JSON "\r\n"), "400 open", "no content", NULL},
    {"content of no length", B("POST /echo" LINE JSON "Content-Length: 0\r\n\r\n"), "400 open",
     "no content", NULL},
    {"content of no chunk", B("POST /echo" LINE JSON "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
     "400 open", "no content", NULL},
    {"content that is no JSON", B("POST /echo" LINE JSON "Content-Length: 3\r\n\r\n{a}"),
     "400 open", "problem+json", NULL},
    {"a type nobody reads", B("POST /echo" LINE "Content-Type: a/b\r\nContent-Length: 2\r\n\r\nab"),
     "415 open", "Accept: application/json", NULL},
    {"a body for nobody",
     B("POST /x" LINE JSON "Content-Length: 7\r\n\r\n{\"a\":1}GET /users/1" LINE "\r\n"),
     "404 200 open", NULL, NULL},
    {"a body too large", B("POST /echo" LINE JSON "Content-Length: 1001\r\n\r\n"), "413 closed",
     NULL, NULL},
    {"chunks too large", B("POST /echo" LINE JSON "Transfer-Encoding: chunked\r\n\r\n3e9\r\n"),
     "413 closed", NULL, NULL},
    {"expected", B("POST /echo" LINE JSON "Content-Length: 2\r\nExpect: 100-continue\r\n\r\n"),
     "100 open", NULL, NULL},
    {"expected of nobody",
     B("POST /x" LINE JSON "Content-Length: 2\r\nExpect: 100-continue\r\n\r\n"), "404 closed", NULL,
     NULL},
    {"expected of another method",
     B("DELETE /echo" LINE JSON "Content-Length: 2\r\nExpect: 100-Continue\r\n\r\n"), "405 closed",
     NULL, NULL},
    {"expected, too large",
     B("POST /echo" LINE JSON "Content-Length: 1001\r\nExpect: 100-continue\r\n\r\n"), "413 closed",
     NULL, NULL},
    {"expected on HTTP/1.0",
     B("POST /echo HTTP/1.0\r\n" JSON "Content-Length: 2\r\nExpect: 100-continue\r\n\r\n{}"),
     "200 closed", NULL, NULL},
    {"expected something else",
     B("POST /echo" LINE JSON "Content-Length: 2\r\nExpect: cake\r\n\r\n"), "417 closed", NULL,
     NULL},
    {"expected something else on HTTP/1.0", B("GET /users/1 HTTP/1.0\r\nExpect: cake\r\n\r\n"),
     "200 closed", NULL, NULL},
    {"expected something else of a get", B("GET /users/1" LINE "Expect: cake\r\n\r\n"), "417 open",
     NULL, NULL},

    {"no version", B("GET /users/1\r\n\r\n"), "400 closed", "problem+json", NULL},
    {"HTTP/0.9", B("GET /users/1 HTTP/0.9\r\n\r\n"), "505 closed", NULL, NULL},
    {"HTTP/2", B("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), "505 closed", NULL, NULL},
    {"HTTP/1.2", B("GET / HTTP/1.2\r\n" H "\r\n"), "505 closed", NULL, NULL},
    {"bare line feeds", B("GET /users/1 HTTP/1.1\nHost: a\n\n"), "400 closed", NULL, NULL},
    {"a bare carriage return", B("GET /users/1" LINE "X: a\rb\r\n\r\n"), "400 closed", NULL, NULL},
    {"a folded line", B("GET /users/1" LINE "X: a\r\n b\r\n\r\n"), "400 closed", NULL, NULL},
    {"a space before the colon", B("GET /users/1" LINE "X : a\r\n\r\n"), "400 closed", NULL, NULL},
    {"a NUL in a header", B("GET /users/1" LINE "X: a\0\r\n\r\n"), "400 closed", NULL, NULL},
    {"no Host", B("GET /users/1 HTTP/1.1\r\n\r\n"), "400 closed", NULL, NULL},
    {"two Hosts", B("GET /users/1" LINE H "\r\n"), "400 closed", NULL, NULL},
    {"a bad Host", B("GET /users/1 HTTP/1.1\r\nHost: a b\r\n\r\n"), "400 closed", NULL, NULL},
    {"both lengths",
     B("POST /echo" LINE JSON "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
     "400 closed", NULL, NULL},
    {"differing lengths",
     B("POST /echo" LINE JSON "Content-Length: 2\r\nContent-Length: 3\r\n\r\n{} "), "400 closed",
     NULL, NULL},
    {"chunked on HTTP/1.0",
     B("POST /echo HTTP/1.0\r\n" JSON "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"), "400 closed",
     NULL, NULL},
    {"gzip", B("POST /echo" LINE JSON "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"),
     "400 closed", NULL, NULL},
    {"an extension without end",
     B("POST /echo" LINE JSON "Transfer-Encoding: chunked\r\n\r\n2;" LONG500), "400 closed", NULL,
     NULL},
    {"a chunk that is none", B("POST /echo" LINE JSON "Transfer-Encoding: chunked\r\n\r\nzz\r\n"),
     "400 closed", NULL, NULL},
    {"a line too long", B("GET /" LONG500 LINE "\r\n"), "414 closed", NULL, NULL},
    {"headers too large", B("GET /users/1" LINE "X: " LONG500 LONG500 LONG50 "\r\n\r\n"),
     "431 closed", NULL, NULL},
    {"good, then bad", B("GET /users/1" LINE "\r\nGET\r\n\r\n"), "200 400 closed", NULL, NULL},
    {"bad, then good", B("GET\r\n\r\nGET /users/1" LINE "\r\n"), "400 closed", NULL, NULL},
};

static const minos_http_options options = {.host = "127.0.0.1",
                                           .port = -1,
                                           .request_line_bytes_max = 400,
                                           .headers_bytes_max = 1000,
                                           .body_bytes_max = 1000};

/* Send a row, cut in two, and hear what comes back. */
static void send_row(const http_fixture *fixture, const row *one, size_t cut, http_heard *heard)
{
    mn_socket *socket = http_open(fixture);
    size_t answers = 0;

    for (const char *at = one->statuses; *at >= '0' && *at <= '9'; at += 4)
        answers++;
    http_send(socket, one->bytes.data, cut);
    if (cut != one->bytes.size)
        assert_ok(mn_sim_settle());
    http_send(socket, one->bytes.data + cut, one->bytes.size - cut);
    if (strstr(one->statuses, "closed") != NULL)
        http_hear_all(socket, heard);
    else
        http_hear(socket, answers, heard);
    mn_socket_close(socket);
}

/* memmem for what may hold NULs. */
static bool holds(const http_heard *heard, const char *part)
{
    return memmem(heard->text, heard->size, part, strlen(part)) != NULL;
}

static bool check_row(const http_fixture *fixture, const row *one, size_t cut)
{
    static http_heard heard;
    char statuses[128];

    send_row(fixture, one, cut, &heard);
    http_statuses(&heard, statuses, sizeof statuses);
    if (strcmp(statuses, one->statuses) == 0 && (one->has == NULL || holds(&heard, one->has)) &&
        (one->lacks == NULL || !holds(&heard, one->lacks)))
        return true;
    print_error("%s, cut at %zu: %s instead of %s\n%.*s\n", one->name, cut, statuses, one->statuses,
                (int)heard.size, heard.text);
    return false;
}

static minos_rc send_whole(void *argument)
{
    http_fixture fixture;
    size_t failed = 0;
    (void)argument;
    http_fixture_start(&fixture, &service, &options);
    for (size_t i = 0; i < mn_count_of(rows); i++)
        failed += !check_row(&fixture, &rows[i], rows[i].bytes.size);
    http_fixture_stop(&fixture);
    assert_int_equal(failed, 0);
    return MINOS_OK;
}

static minos_rc send_cut(void *argument)
{
    http_fixture fixture;
    size_t failed = 0;
    (void)argument;
    http_fixture_start(&fixture, &service, &options);
    for (size_t i = 0; i < mn_count_of(rows); i++)
        for (size_t cut = 1; cut < rows[i].bytes.size && cut < 400; cut++)
            if (!check_row(&fixture, &rows[i], cut)) {
                failed++;
                break;
            }
    http_fixture_stop(&fixture);
    assert_int_equal(failed, 0);
    return MINOS_OK;
}

static void quiet(void *context, minos_level level, const char *line)
{
    (void)context;
    (void)level;
    (void)line;
}

static void rows_over_sockets(void **state)
{
    (void)state;
    mn_on_fiber(send_whole, NULL);
}

static void rows_cut_at_every_byte(void **state)
{
    (void)state;
    assert_ok(mn_simulate(7, "framing", send_cut, NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_over_sockets),
        cmocka_unit_test(rows_cut_at_every_byte),
    };
    minos_log_output_set(quiet, NULL); /* failures on purpose need not be seen */
    return cmocka_run_group_tests(tests, NULL, NULL);
}
