/*
 * Statuses: see status.h.
 */
#include "http/status.h"

#include <stdio.h>

/* X(status, phrase): RFC 9110, 6585, 7725, 8470 and IANA's registry. */
#define STATUS_MAP(X)                                                                              \
    X(100, "Continue")                                                                             \
    X(200, "OK")                                                                                   \
    X(201, "Created")                                                                              \
    X(202, "Accepted")                                                                             \
    X(203, "Non-Authoritative Information")                                                        \
    X(204, "No Content")                                                                           \
    X(205, "Reset Content")                                                                        \
    X(206, "Partial Content")                                                                      \
    X(207, "Multi-Status")                                                                         \
    X(300, "Multiple Choices")                                                                     \
    X(301, "Moved Permanently")                                                                    \
    X(302, "Found")                                                                                \
    X(303, "See Other")                                                                            \
    X(304, "Not Modified")                                                                         \
    X(307, "Temporary Redirect")                                                                   \
    X(308, "Permanent Redirect")                                                                   \
    X(400, "Bad Request")                                                                          \
    X(401, "Unauthorized")                                                                         \
    X(402, "Payment Required")                                                                     \
    X(403, "Forbidden")                                                                            \
    X(404, "Not Found")                                                                            \
    X(405, "Method Not Allowed")                                                                   \
    X(406, "Not Acceptable")                                                                       \
    X(407, "Proxy Authentication Required")                                                        \
    X(408, "Request Timeout")                                                                      \
    X(409, "Conflict")                                                                             \
    X(410, "Gone")                                                                                 \
    X(411, "Length Required")                                                                      \
    X(412, "Precondition Failed")                                                                  \
    X(413, "Content Too Large")                                                                    \
    X(414, "URI Too Long")                                                                         \
    X(415, "Unsupported Media Type")                                                               \
    X(416, "Range Not Satisfiable")                                                                \
    X(417, "Expectation Failed")                                                                   \
    X(421, "Misdirected Request")                                                                  \
    X(422, "Unprocessable Content")                                                                \
    X(423, "Locked")                                                                               \
    X(424, "Failed Dependency")                                                                    \
    X(425, "Too Early")                                                                            \
    X(426, "Upgrade Required")                                                                     \
    X(428, "Precondition Required")                                                                \
    X(429, "Too Many Requests")                                                                    \
    X(431, "Request Header Fields Too Large")                                                      \
    X(451, "Unavailable For Legal Reasons")                                                        \
    X(500, "Internal Server Error")                                                                \
    X(501, "Not Implemented")                                                                      \
    X(502, "Bad Gateway")                                                                          \
    X(503, "Service Unavailable")                                                                  \
    X(504, "Gateway Timeout")                                                                      \
    X(505, "HTTP Version Not Supported")                                                           \
    X(507, "Insufficient Storage")

enum { STATUS_MIN = 100, STATUS_MAX = 599 };

typedef struct status_row {
    const char *phrase;
    minos_view line;
} status_row;

static const status_row rows[STATUS_MAX - STATUS_MIN + 1] = {
#define ROW(status, phrase)                                                                        \
    [status - STATUS_MIN] = {phrase,                                                               \
                             {"HTTP/1.1 " #status " " phrase "\r\n",                               \
                              sizeof("HTTP/1.1 " #status " " phrase "\r\n") - 1}},
    STATUS_MAP(ROW)
#undef ROW
};

static const status_row *row_of(int status)
{
    static const status_row unknown = {"", {NULL, 0}};
    if (status < STATUS_MIN || status > STATUS_MAX || rows[status - STATUS_MIN].phrase == NULL)
        return &unknown;
    return &rows[status - STATUS_MIN];
}

const char *mn_http_status_phrase(int status)
{
    return row_of(status)->phrase;
}

void mn_http_status_put(minos_buffer *out, int status)
{
    const status_row *row = row_of(status);
    if (row->line.size != 0) {
        mn_buffer_put(out, row->line.data, row->line.size);
    } else {
        char line[32];
        int size = snprintf(line, sizeof line, "HTTP/1.1 %d \r\n", status);
        mn_buffer_put(out, line, (size_t)size);
    }
}
