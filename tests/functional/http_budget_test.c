/*
 * Budgets of the HTTP door: in the steady state a GET allocates nothing and costs one read and one
 * write; pipelined requests share one of each. Counted by standing before libc in this program.
 */
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/alloc.h"
#include "fiber/socket.h"
#include "support/http_fixture.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define COUNTS 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define COUNTS 0
#endif
#endif
#ifndef COUNTS
#define COUNTS 1
#endif

static size_t allocations, reads, writes;

#if COUNTS
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *memory, size_t size);

void *malloc(size_t size)
{
    allocations++;
    return __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    allocations++;
    return __libc_calloc(count, size);
}

void *realloc(void *memory, size_t size)
{
    allocations++;
    return __libc_realloc(memory, size);
}

ssize_t recv(int fd, void *bytes, size_t size, int flags)
{
    reads++;
    return syscall(SYS_recvfrom, fd, bytes, size, flags, NULL, NULL);
}

ssize_t send(int fd, const void *bytes, size_t size, int flags)
{
    writes++;
    return syscall(SYS_sendto, fd, bytes, size, flags, NULL, 0);
}

ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
    writes++;
    return syscall(SYS_sendmsg, fd, message, flags);
}
#endif

static minos_rc get_user(minos_request *req, minos_response *res)
{
    const char *id;
    MINOS_TRY(minos_request_param(req, "user_id", &id));
    return minos_reply(res, MINOS_MAP(MINOS_KV("id", id), MINOS_KV("name", "John Doe")));
}

static minos_rc echo(minos_request *req, minos_response *res)
{
    const minos_value *content;
    MINOS_TRY(minos_request_content(req, &content));
    return minos_reply_as(res, minos_request_content_type(req), content);
}

static const minos_route routes[] = {
    MINOS_REST_QUERY("GET", "/users/{user_id}", get_user),
    MINOS_REST_COMMAND("POST", "/echo", echo),
};

static const minos_service service = {MINOS_SERVICE("budget", routes)};

#define GET "GET /users/42 HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nUser-Agent: x\r\nAccept: */*\r\n\r\n"
#define POST                                                                                       \
    "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 15\r\n"   \
    "\r\n{\"a\":[1,2,\"b\"]"
#define TEN(x) x x x x x x x x x x

/* Write once and read until as many bytes have come as the first time. */
static size_t ask(mn_socket *socket, minos_view request, size_t expected)
{
    static char answer[16384];
    size_t all = 0;
    http_send(socket, request.data, request.size);
    do {
        size_t got = 0;
        if (mn_socket_read(socket, answer, sizeof answer, minos_deadline_in(10 * MINOS_S), &got) !=
                MINOS_OK ||
            got == 0)
            fail_msg("the server went away");
        all += got;
    } while (all < expected);
    assert_memory_equal(answer, "HTTP/1.1 200 OK\r\n", 17);
    return all;
}

typedef struct row {
    const char *name;
    minos_view request;
    size_t warm, counted;
    size_t per_turn_max; /* reads, and writes, of both ends together */
} row;

static const row rows[] = {
    {"a get", {GET, sizeof GET - 1}, 1000, 10000, 2},
    {"an echo", {POST "}", sizeof POST}, 1000, 2000, 2},
    {"ten gets pipelined", {TEN(GET), sizeof(TEN(GET)) - 1}, 100, 1000, 2},
};

static minos_rc count(void *argument)
{
    http_fixture fixture;
    (void)argument;
    http_fixture_start(&fixture, &service, NULL);
    for (size_t i = 0; i < mn_count_of(rows); i++) {
        const row *one = &rows[i];
        mn_socket *socket = http_open(&fixture);
        size_t size = ask(socket, one->request, 1);
        for (size_t n = 1; n < one->warm; n++)
            ask(socket, one->request, size);
        allocations = reads = writes = 0;
        for (size_t n = 0; n < one->counted; n++)
            ask(socket, one->request, size);
        print_message("  %s: %zu allocations, %zu reads, %zu writes in %zu turns\n", one->name,
                      allocations, reads, writes, one->counted);
        if (COUNTS) {
            assert_int_equal(allocations, 0);
            assert_in_range(reads, one->counted, one->per_turn_max * one->counted + 8);
            assert_int_equal(writes, one->per_turn_max * one->counted);
        }
        mn_socket_close(socket);
    }
    http_fixture_stop(&fixture);
    return MINOS_OK;
}

static void the_steady_state_is_cheap(void **state)
{
    (void)state;
    mn_on_fiber(count, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_steady_state_is_cheap)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
