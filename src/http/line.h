/*
 * The request line (RFC 9112 §3), read as it comes in. llhttp is not asked: it lets through lines
 * without a version (HTTP/0.9), bare line feeds and HTTP/2.0, and has no size limit.
 */
#ifndef MN_HTTP_LINE_H
#define MN_HTTP_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <minos/view.h>

typedef enum mn_http_line_state {
    MN_HTTP_LINE_START, /* one empty line is forgiven here (RFC 9112 §2.2) */
    MN_HTTP_LINE_EMPTY,
    MN_HTTP_LINE_METHOD,
    MN_HTTP_LINE_TARGET,
    MN_HTTP_LINE_VERSION,
    MN_HTTP_LINE_DONE
} mn_http_line_state;

/* Offsets count from where the reading began. */
typedef struct mn_http_line {
    mn_http_line_state state;
    uint32_t at; /* next byte to look at; behind the line's end when done */
    uint32_t begin;
    uint32_t method_end;
    uint32_t target_end;
    uint8_t major, minor;
    bool forgiven; /* an empty line came before */
} mn_http_line;

/*
 * Go on with the line, of which `size` bytes are there now. Gives 0, or the status to refuse it
 * with and why; which byte is refused does not depend on how the bytes came in.
 */
int mn_http_line_read(mn_http_line *line, const char *data, size_t size, size_t bytes_max,
                      const char **ret_why);

/* Tell whether text is a token (RFC 9110 §5.6.2): a method's or a header's name. */
bool mn_http_is_token(minos_view text);

#endif
