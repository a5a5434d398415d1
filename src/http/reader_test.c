/*
 * The reader against RFC 9112: every row is fed whole, byte by byte, and cut in two at every byte;
 * what comes out must be the same.
 */
#include "http/reader.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "support/support.h"

#define H   "Host: a\r\n"
#define GET "GET / HTTP/1.1\r\n"
#define TE  "POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n"
#define X10 "xxxxxxxxxx"
#define X50 X10 X10 X10 X10 X10

typedef struct row {
    const char *name;
    minos_view bytes;
    const char *expected;
} row;

#define ROW(name, bytes, expected)                                                                 \
    {                                                                                              \
        name, {bytes, sizeof(bytes) - 1}, expected                                                 \
    }

static const mn_http_limits limits = {
    .line_bytes_max = 64, .headers_bytes_max = 256, .headers_count_max = 5, .body_bytes_max = 40};

/*
 * What a row gives: for each request "METHOD target fields:body" and `k` when the connection stays,
 * then "more" or the status.
 */
static const row rows[] = {
    /* valid */
    ROW("get", GET H "\r\n", "GET / 1:k idle"),
    ROW("an empty line before", "\r\n" GET H "\r\n", "GET / 1:k idle"),
    ROW("two at once", GET H "\r\nHEAD /b HTTP/1.1\r\n" H "\r\n", "GET / 1:k HEAD /b 1:k idle"),
    ROW("an empty line between", GET H "\r\n\r\n" GET H "\r\n", "GET / 1:k GET / 1:k idle"),
    ROW("HTTP/1.0 without Host", "GET / HTTP/1.0\r\n\r\n", "GET / 0: idle"),
    ROW("HTTP/1.0 that stays", "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
        "GET / 1:k idle"),
    ROW("HTTP/1.1 that goes", GET H "Connection: close\r\n\r\n", "GET / 2: idle"),
    ROW("close among other options", GET H "Connection: x, Close\r\n\r\n", "GET / 2: idle"),
    ROW("a method of no standard", "FOO / HTTP/1.1\r\n" H "\r\n", "FOO / 1:k idle"),
    ROW("a method of odd characters", "!#$%&'*+-.^_`|~9 / HTTP/1.1\r\n" H "\r\n",
        "!#$%&'*+-.^_`|~9 / 1:k idle"),
    ROW("an upgrade is ignored", GET H "Connection: upgrade\r\nUpgrade: h2c\r\n\r\n" GET H "\r\n",
        "GET / 3:k GET / 1:k idle"),
    ROW("an upgrade with a body",
        "POST / HTTP/1.1\r\n" H "Connection: upgrade\r\nUpgrade: x\r\nContent-Length: 2\r\n\r\nab",
        "POST / 4:abk idle"),
    ROW("connect has no way of its own", "CONNECT a:1 HTTP/1.1\r\n" H "\r\n" GET H "\r\n",
        "CONNECT a:1 1:k GET / 1:k idle"),
    ROW("a body", "POST /a?b HTTP/1.1\r\n" H "Content-Length: 5\r\n\r\nhello",
        "POST /a?b 2:hellok idle"),
    ROW("a body of nothing", "POST / HTTP/1.1\r\n" H "Content-Length: 0\r\n\r\n",
        "POST / 2:k idle"),
    ROW("a body of a GET", GET H "Content-Length: 2\r\n\r\nab", "GET / 2:abk idle"),
    ROW("a body and a request behind it",
        "POST / HTTP/1.1\r\n" H "Content-Length: 2\r\n\r\nab" GET H "\r\n",
        "POST / 2:abk GET / 1:k idle"),
    ROW("a body half there", "POST / HTTP/1.1\r\n" H "Content-Length: 5\r\n\r\nhel", "more"),
    ROW("a body at the limit", "POST / HTTP/1.1\r\n" H "Content-Length: 40\r\n\r\n" X10 X10 X10 X10,
        "POST / 2:" X10 X10 X10 X10 "k idle"),
    ROW("chunks", TE "2\r\nab\r\n3\r\ncde\r\n0\r\n\r\n", "POST / 2:abcdek idle"),
    ROW("chunks and a request behind them", TE "2\r\nab\r\n0\r\n\r\n" GET H "\r\n",
        "POST / 2:abk GET / 1:k idle"),
    ROW("no chunk", TE "0\r\n\r\n", "POST / 2:k idle"),
    ROW("chunks with extensions", TE "2;a=b;c=\"d\"\r\nab\r\n0;e\r\n\r\n", "POST / 2:abk idle"),
    ROW("chunks in hexadecimal", TE "A\r\n" X10 "\r\nb\r\n" X10 "y\r\n0\r\n\r\n",
        "POST / 2:" X10 X10 "yk idle"),
    ROW("chunks with trailers", TE "2\r\nab\r\n0\r\nX: y\r\nZ: w\r\n\r\n" GET H "\r\n",
        "POST / 2:abk GET / 1:k idle"),
    ROW("chunks up to the limit", TE "14\r\n" X10 X10 "\r\n14\r\n" X10 X10 "\r\n0\r\n\r\n",
        "POST / 2:" X10 X10 X10 X10 "k idle"),
    ROW("the coding in capitals",
        "POST / HTTP/1.1\r\n" H "Transfer-Encoding:CHUNKED \r\n\r\n0\r\n\r\n", "POST / 2:k idle"),
    ROW("spaces around a value", GET "Host: \t a \t \r\n\r\n", "GET / 1:k idle"),
    ROW("an empty value", GET H "X:\r\nY: \r\n\r\n", "GET / 3:k idle"),
    ROW("an empty Host", GET "Host:\r\n\r\n", "GET / 1:k idle"),
    ROW("a Host with a port", GET "Host: a.b-c:80\r\n\r\n", "GET / 1:k idle"),
    ROW("a Host of IPv6", GET "Host: [::1]:8080\r\n\r\n", "GET / 1:k idle"),
    ROW("bytes above ASCII in a value", GET H "X: \xc3\xa9\xff\r\n\r\n", "GET / 2:k idle"),
    ROW("headers to the count", GET H "a: 1\r\nb: 2\r\nc: 3\r\nd: 4\r\n\r\n", "GET / 5:k idle"),
    ROW("nothing", "", "idle"),
    ROW("half a line", "GET /", "more"),
    ROW("half a head", GET "Hos", "more"),

    /* the request line */
    ROW("no version", "GET /\r\n\r\n", "400"),
    ROW("no version, a space", "GET / \r\n\r\n", "400"),
    ROW("HTTP/0.9 said", "GET / HTTP/0.9\r\n" H "\r\n", "505"),
    ROW("HTTP/1.2", "GET / HTTP/1.2\r\n" H "\r\n", "505"),
    ROW("HTTP/2.0", "GET / HTTP/2.0\r\n" H "\r\n", "505"),
    ROW("the preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "505"),
    ROW("HTTP/11.1", "GET / HTTP/11.1\r\n" H "\r\n", "400"),
    ROW("HTTP/1", "GET / HTTP/1\r\n" H "\r\n", "400"),
    ROW("http in small letters", "GET / http/1.1\r\n" H "\r\n", "400"),
    ROW("another protocol", "GET / RTSP/1.0\r\n" H "\r\n", "400"),
    ROW("a bare line feed", "GET / HTTP/1.1\n" H "\r\n", "400"),
    ROW("a bare carriage return", "GET / HTTP/1.1\rHost: a\r\n\r\n", "400"),
    ROW("a space behind the version", "GET / HTTP/1.1 \r\n" H "\r\n", "400"),
    ROW("two spaces", "GET  / HTTP/1.1\r\n" H "\r\n", "400"),
    ROW("two spaces before the version", "GET /  HTTP/1.1\r\n" H "\r\n", "400"),
    ROW("a tab", "GET\t/ HTTP/1.1\r\n" H "\r\n", "400"),
    ROW("a space in front", " GET / HTTP/1.1\r\n" H "\r\n", "400"),
    ROW("no method", "/ HTTP/1.1\r\n" H "\r\n", "400"),
    ROW("a method that is no token", "G(T / HTTP/1.1\r\n" H "\r\n", "400"),
    ROW("a method without end", X50 " / HTTP/1.1\r\n" H "\r\n", "501"),
    ROW("no target", "GET HTTP/1.1\r\n" H "\r\n", "400"),
    ROW("a target with a NUL", "GET /\0 HTTP/1.1\r\n" H "\r\n", "400"),
    ROW("a target with a fragment", "GET /#a HTTP/1.1\r\n" H "\r\n", "400"),
    ROW("a target above ASCII", "GET /\xc3\xa9 HTTP/1.1\r\n" H "\r\n", "400"),
    ROW("a target with a tab", "GET /a\tb HTTP/1.1\r\n" H "\r\n", "400"),
    ROW("a line too long", "GET /" X50 X50 " HTTP/1.1\r\n" H "\r\n", "414"),
    ROW("a line too long without end", "GET /" X50 X50 X50, "414"),
    ROW("two empty lines before", "\r\n\r\n" GET H "\r\n", "400"),
    ROW("a line feed before", "\n" GET H "\r\n", "400"),
    ROW("a TLS greeting", "\x16\x03\x01\x02\x00\x01", "400"),

    /* Host */
    ROW("no Host", GET "\r\n", "400"),
    ROW("no Host among others", GET "X: y\r\n\r\n", "400"),
    ROW("two Hosts", GET H "Host: b\r\n\r\n", "400"),
    ROW("two equal Hosts", GET H H "\r\n", "400"),
    ROW("two Hosts on HTTP/1.0", "GET / HTTP/1.0\r\n" H H "\r\n", "400"),
    ROW("a Host with a space", GET "Host: a b\r\n\r\n", "400"),
    ROW("a Host with a path", GET "Host: a/b\r\n\r\n", "400"),
    ROW("a Host with a user", GET "Host: u@a\r\n\r\n", "400"),
    ROW("a Host list", GET "Host: a, b\r\n\r\n", "400"),
    ROW("a Host with a port of letters", GET "Host: a:b\r\n\r\n", "400"),
    ROW("a Host of a port alone", GET "Host: :80\r\n\r\n", "400"),
    ROW("a Host with half a bracket", GET "Host: [::1\r\n\r\n", "400"),

    /* fields */
    ROW("a folded line", GET H "X: a\r\n b\r\n\r\n", "400"),
    ROW("a folded line by a tab", GET H "X: a\r\n\tb\r\n\r\n", "400"),
    ROW("a first line that is folded", GET " " H "\r\n", "400"),
    ROW("a line of spaces", GET H " \r\n\r\n", "400"),
    ROW("a bare line feed behind a field", GET "Host: a\n\r\n", "400"),
    ROW("a bare line feed as the end", GET H "\n", "400"),
    ROW("a bare carriage return in a value", GET H "X: a\rb\r\n\r\n", "400"),
    ROW("a bare carriage return in a name", GET H "X\r: b\r\n\r\n", "400"),
    ROW("a bare carriage return as the end", GET H "\r" GET H "\r\n", "400"),
    ROW("a space before the colon", GET H "X : a\r\n\r\n", "400"),
    ROW("a tab before the colon", GET H "X\t: a\r\n\r\n", "400"),
    ROW("a space in a name", GET H "X Y: a\r\n\r\n", "400"),
    ROW("no colon", GET H "X\r\n\r\n", "400"),
    ROW("no name", GET H ": a\r\n\r\n", "400"),
    ROW("a NUL in a value", GET H "X: a\0b\r\n\r\n", "400"),
    ROW("a NUL in a name", GET H "X\0: a\r\n\r\n", "400"),
    ROW("a control in a value", GET H "X: a\x01\r\n\r\n", "400"),
    ROW("a DEL in a value", GET H "X: a\x7f\r\n\r\n", "400"),
    ROW("a name above ASCII", GET H "\xc3\xa9: a\r\n\r\n", "400"),
    ROW("a name in parentheses", GET H "(x): a\r\n\r\n", "400"),
    ROW("too many fields", GET H "a: 1\r\nb: 2\r\nc: 3\r\nd: 4\r\ne: 5\r\n\r\n", "431"),
    ROW("fields too large", GET H "X: " X50 X50 X50 X50 X50 X50 "\r\n\r\n", "431"),
    ROW("fields too large without end", GET H "X: " X50 X50 X50 X50 X50 X50, "431"),
    ROW("a name too large", GET H X50 X50 X50 X50 X50 X50, "431"),
    ROW("two users", GET H "user: a\r\nUser: b\r\n\r\n", "400"),
    ROW("two content types", GET H "Content-Type: a/b\r\nContent-Type: a/b\r\n\r\n", "400"),

    /* the length of the body */
    ROW("both lengths",
        "POST / HTTP/1.1\r\n" H "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "400"),
    ROW("both lengths, the other order",
        "POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
        "400"),
    ROW("differing lengths",
        "POST / HTTP/1.1\r\n" H "Content-Length: 1\r\nContent-Length: 2\r\n\r\nab", "400"),
    ROW("equal lengths", "POST / HTTP/1.1\r\n" H "Content-Length: 1\r\nContent-Length: 1\r\n\r\na",
        "400"),
    ROW("a list of lengths", "POST / HTTP/1.1\r\n" H "Content-Length: 1, 1\r\n\r\na", "400"),
    ROW("an empty length", "POST / HTTP/1.1\r\n" H "Content-Length:\r\n\r\n", "400"),
    ROW("a length of spaces", "POST / HTTP/1.1\r\n" H "Content-Length:  \r\n\r\n", "400"),
    ROW("a negative length", "POST / HTTP/1.1\r\n" H "Content-Length: -1\r\n\r\n", "400"),
    ROW("a signed length", "POST / HTTP/1.1\r\n" H "Content-Length: +1\r\n\r\na", "400"),
    ROW("a length in hexadecimal", "POST / HTTP/1.1\r\n" H "Content-Length: 0x1\r\n\r\na", "400"),
    ROW("a length in pieces", "POST / HTTP/1.1\r\n" H "Content-Length: 1 1\r\n\r\na", "400"),
    ROW("a length that overflows",
        "POST / HTTP/1.1\r\n" H "Content-Length: 18446744073709551617\r\n\r\na", "400"),
    ROW("a length past the limit", "POST / HTTP/1.1\r\n" H "Content-Length: 41\r\n\r\n", "413"),
    ROW("a huge length", "POST / HTTP/1.1\r\n" H "Content-Length: 9223372036854775807\r\n\r\n",
        "413"),
    ROW("chunked on HTTP/1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "400"),
    ROW("gzip", "POST / HTTP/1.1\r\n" H "Transfer-Encoding: gzip\r\n\r\n", "400"),
    ROW("gzip and chunked",
        "POST / HTTP/1.1\r\n" H "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", "400"),
    ROW("chunked twice",
        "POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n", "400"),
    ROW("two codings",
        "POST / HTTP/1.1\r\n" H
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "400"),
    ROW("identity", "POST / HTTP/1.1\r\n" H "Transfer-Encoding: identity\r\n\r\n", "400"),
    ROW("xchunked", "POST / HTTP/1.1\r\n" H "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", "400"),
    ROW("an empty coding", "POST / HTTP/1.1\r\n" H "Transfer-Encoding:\r\n\r\n0\r\n\r\n", "400"),
    ROW("a coding behind a control",
        "POST / HTTP/1.1\r\n" H "Transfer-Encoding: \x0b"
        "chunked\r\n\r\n0\r\n\r\n",
        "400"),

    /* chunks */
    ROW("a chunk without size", TE "\r\nab\r\n0\r\n\r\n", "400"),
    ROW("a chunk with a sign", TE "+2\r\nab\r\n0\r\n\r\n", "400"),
    ROW("a chunk with 0x", TE "0x2\r\nab\r\n0\r\n\r\n", "400"),
    ROW("a chunk of no number", TE "g\r\nab\r\n0\r\n\r\n", "400"),
    ROW("a chunk with a space before", TE " 2\r\nab\r\n0\r\n\r\n", "400"),
    ROW("a chunk with a space behind", TE "2 \r\nab\r\n0\r\n\r\n", "400"),
    ROW("a chunk that overflows", TE "10000000000000000\r\nab\r\n0\r\n\r\n", "400"),
    ROW("a chunk of everything", TE "ffffffffffffffff\r\nab\r\n0\r\n\r\n", "413"),
    ROW("a chunk longer than it says", TE "2\r\nabc\r\n0\r\n\r\n", "400"),
    ROW("a chunk shorter than it says", TE "4\r\nab\r\n0\r\n\r\n", "400"),
    ROW("a chunk line by a line feed", TE "2\nab\r\n0\r\n\r\n", "400"),
    ROW("a chunk's end by a line feed", TE "2\r\nab\n0\r\n\r\n", "400"),
    ROW("a chunk line by a carriage return", TE "2\rab\r\n0\r\n\r\n", "400"),
    ROW("a chunk's end by a carriage return", TE "2\r\nab\r0\r\n\r\n", "400"),
    ROW("the last chunk by a line feed", TE "2\r\nab\r\n0\n\n", "400"),
    ROW("a NUL in an extension", TE "2;a\0\r\nab\r\n0\r\n\r\n", "400"),
    ROW("a line feed in an extension", TE "2;a\nb\r\nab\r\n0\r\n\r\n", "400"),
    ROW("chunks past the limit", TE "14\r\n" X10 X10 "\r\n15\r\n" X10 X10 "y\r\n0\r\n\r\n", "413"),
    ROW("an extension without end", TE "2;" X50 X50 X50 X50 X50 X50, "400"),
    ROW("a size of zeros without end",
        TE
        "00000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
        "00000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
        "000000000000000000000000000000000000000000000000000000000000000000000000000000000002\r\n",
        "400"),
    ROW("a trailer with a NUL", TE "0\r\nX: a\0\r\n\r\n", "400"),
    ROW("a trailer that is folded", TE "0\r\nX: a\r\n b\r\n\r\n", "400"),
    ROW("a trailer with a space before the colon", TE "0\r\nX : a\r\n\r\n", "400"),
    ROW("a trailer by a line feed", TE "0\r\nX: a\n\r\n", "400"),
    ROW("good, then bad", GET H "\r\nGET /\r\n\r\n", "GET / 1:k 400"),
};

typedef struct outcome {
    char text[512];
    size_t size;
} outcome;

static void note(outcome *got, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    got->size +=
        (size_t)vsnprintf(got->text + got->size, sizeof got->text - got->size, format, args);
    va_end(args);
}

static void take(mn_http_reader *reader, minos_view bytes)
{
    while (bytes.size != 0) {
        size_t room;
        char *place = mn_http_reader_room(reader, &room);
        if (room > bytes.size)
            room = bytes.size;
        memcpy(place, bytes.data, room);
        mn_http_reader_received(reader, room);
        bytes.data += room;
        bytes.size -= room;
    }
}

/* Step until more is wanted; false once the input is refused. */
static bool run(mn_http_reader *reader, outcome *got)
{
    for (;;) {
        minos_view method, target, body;
        switch (mn_http_reader_step(reader)) {
        case MN_HTTP_MORE:
            return true;
        case MN_HTTP_HEAD:
            break;
        case MN_HTTP_DONE:
            method = mn_http_reader_method(reader);
            target = mn_http_reader_target(reader);
            body = mn_http_reader_body(reader);
            note(got, "%.*s %.*s %u:%.*s%s ", (int)method.size, method.data, (int)target.size,
                 target.data, reader->fields_count, (int)body.size, body.data,
                 mn_http_reader_keeps(reader) ? "k" : "");
            mn_http_reader_next(reader);
            break;
        case MN_HTTP_BAD:
            note(got, "%d", reader->status);
            return false;
        }
    }
}

/* Feed in two pieces, or byte by byte when `cut` is 0. */
static void feed(mn_http_reader *reader, minos_view bytes, size_t cut, outcome *got)
{
    size_t at = 0;
    bool going = true;
    mn_http_reader_reset(reader);
    memset(got, 0, sizeof *got);
    while (going && at < bytes.size) {
        size_t size = cut == 0 ? 1 : at == 0 ? cut : bytes.size - cut;
        take(reader, minos_view_make(bytes.data + at, size));
        at += size;
        going = run(reader, got);
    }
    if (going)
        note(got, "%s", mn_http_reader_idle(reader) ? "idle" : "more");
}

static void requests_come_out_however_they_are_cut(void **state)
{
    mn_http_reader reader;
    size_t failed = 0;
    (void)state;
    mn_http_reader_init(&reader, &limits);
    for (size_t i = 0; i < mn_count_of(rows); i++) {
        for (size_t cut = 0; cut <= rows[i].bytes.size; cut++) {
            outcome got;
            feed(&reader, rows[i].bytes, cut, &got);
            if (strcmp(got.text, rows[i].expected) == 0)
                continue;
            print_error("%s, cut at %zu: \"%s\" instead of \"%s\" (%s)\n", rows[i].name, cut,
                        got.text, rows[i].expected, reader.why == NULL ? "" : reader.why);
            failed++;
            break;
        }
    }
    mn_http_reader_done(&reader);
    assert_int_equal(failed, 0);
}

static void extensions_are_limited_over_all_chunks(void **state)
{
    mn_http_reader reader;
    outcome got = {.size = 0};
    bool going = true;
    int chunks = 0;
    (void)state;
    mn_http_reader_init(&reader, &limits);
    take(&reader, MINOS_VIEW(TE));
    for (; going && chunks < 39; chunks++) {
        take(&reader, MINOS_VIEW("1;" X50 X50 X50 "\r\na\r\n"));
        going = run(&reader, &got);
    }
    assert_false(going);
    assert_string_equal(got.text, "400");
    assert_true(chunks > 10);
    mn_http_reader_done(&reader);
}

static void large_trailers_are_refused(void **state)
{
    mn_http_reader reader;
    outcome got = {.size = 0};
    bool going = true;
    (void)state;
    mn_http_reader_init(&reader, &limits);
    take(&reader, MINOS_VIEW(TE "0\r\n"));
    for (int i = 0; going && i < 1000; i++) {
        take(&reader, MINOS_VIEW("X: " X50 "\r\n"));
        going = run(&reader, &got);
    }
    assert_string_equal(got.text, "431");
    mn_http_reader_done(&reader);
}

/* A peer that sends tiny chunks must not make us hold more than the body and one read. */
static void framing_of_chunks_takes_no_memory(void **state)
{
    mn_http_limits wide = limits;
    mn_http_reader reader;
    outcome got = {.size = 0};
    (void)state;
    wide.body_bytes_max = 3000;
    mn_http_reader_init(&reader, &wide);
    take(&reader, MINOS_VIEW(TE));
    for (int i = 0; i < 3000; i++) {
        take(&reader, MINOS_VIEW("0000000001\r\na\r\n"));
        assert_true(run(&reader, &got));
    }
    assert_int_equal(reader.capacity, MN_HTTP_IN_BYTES);
    assert_int_equal(reader.body_size, 3000);
    mn_http_reader_done(&reader);
}

static void a_large_buffer_is_given_back(void **state)
{
    mn_http_limits wide = limits;
    mn_http_reader reader;
    outcome got = {.size = 0};
    char block[1000];
    (void)state;
    memset(block, 'a', sizeof block);
    wide.body_bytes_max = 1 << 20;
    mn_http_reader_init(&reader, &wide);
    take(&reader, MINOS_VIEW("POST / HTTP/1.1\r\n" H "Content-Length: 1000000\r\n\r\n"));
    for (int i = 0; i < 1000; i++) {
        take(&reader, minos_view_make(block, sizeof block));
        if (i < 999)
            assert_true(mn_http_reader_step(&reader) != MN_HTTP_DONE);
    }
    assert_int_equal(mn_http_reader_step(&reader), MN_HTTP_DONE);
    assert_int_equal(mn_http_reader_body(&reader).size, 1000000);
    mn_http_reader_next(&reader);
    assert_int_equal(reader.capacity, MN_HTTP_IN_BYTES);
    take(&reader, MINOS_VIEW(GET H "\r\n"));
    assert_true(run(&reader, &got));
    assert_string_equal(got.text, "GET / 1:k ");
    mn_http_reader_done(&reader);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(requests_come_out_however_they_are_cut),
        cmocka_unit_test(extensions_are_limited_over_all_chunks),
        cmocka_unit_test(large_trailers_are_refused),
        cmocka_unit_test(framing_of_chunks_takes_no_memory),
        cmocka_unit_test(a_large_buffer_is_given_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
