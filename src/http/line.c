/*
 * The request line: see line.h. First come, first refused: the status is that of the first byte
 * that no valid line could have, and a version we do not speak is told at the line's very end.
 */
#include "http/line.h"

#include "http/limits.h"

/* A bit for each byte that may stand in a token (RFC 9110 §5.6.2). */
static const uint32_t token_bits[8] = {0, 0x03ff6cfa, 0xc7fffffe, 0x57ffffff, 0, 0, 0, 0};

static bool is_token_byte(unsigned char c)
{
    return (token_bits[c >> 5] >> (c & 31)) & 1;
}

/*
 * Targets are taken as most servers take them: any visible ASCII but `#`, although RFC 3986 wants
 * some of it percent-encoded.
 */
static bool is_target_byte(unsigned char c)
{
    return c > ' ' && c < 0x7f && c != '#';
}

bool mn_http_is_token(minos_view text)
{
    for (size_t i = 0; i < text.size; i++)
        if (!is_token_byte((unsigned char)text.data[i]))
            return false;
    return text.size != 0;
}

static int refuse(int status, const char *why, const char **ret_why)
{
    *ret_why = why;
    return status;
}

static int read_start(mn_http_line *line, const char *data, const char **ret_why)
{
    char c = data[line->at];
    if (line->state == MN_HTTP_LINE_EMPTY) {
        if (c != '\n')
            return refuse(400, "a carriage return stands alone", ret_why);
        line->state = MN_HTTP_LINE_START;
        line->forgiven = true;
        line->at++;
    } else if (c == '\r' && !line->forgiven) {
        line->state = MN_HTTP_LINE_EMPTY;
        line->at++;
    } else {
        line->state = MN_HTTP_LINE_METHOD;
        line->begin = line->at;
    }
    return 0;
}

static int read_method(mn_http_line *line, const char *data, size_t size, const char **ret_why)
{
    size_t at = line->at;
    while (at < size && is_token_byte((unsigned char)data[at]) &&
           at - line->begin <= MN_HTTP_METHOD_BYTES_MAX)
        at++;
    line->at = (uint32_t)at;
    if (at - line->begin > MN_HTTP_METHOD_BYTES_MAX)
        return refuse(501, "the method is too long for any we know", ret_why);
    if (at == size)
        return 0;
    if (data[at] != ' ' || at == line->begin)
        return refuse(400, "the request line does not begin with a method", ret_why);
    line->method_end = line->at++;
    line->state = MN_HTTP_LINE_TARGET;
    return 0;
}

static int read_target(mn_http_line *line, const char *data, size_t size, const char **ret_why)
{
    size_t at = line->at;
    while (at < size && is_target_byte((unsigned char)data[at]))
        at++;
    line->at = (uint32_t)at;
    if (at == size)
        return 0;
    if (data[at] == '\r' || data[at] == '\n')
        return refuse(400, "the request line names no version", ret_why);
    if (data[at] != ' ' || at == line->method_end + 1)
        return refuse(400, "the request target is not valid", ret_why);
    line->target_end = line->at++;
    line->state = MN_HTTP_LINE_VERSION;
    return 0;
}

static int read_version(mn_http_line *line, const char *data, size_t size, const char **ret_why)
{
    static const char form[] = "HTTP/0.0\r\n"; /* 0: any digit */
    for (; line->at < size; line->at++) {
        size_t place = line->at - line->target_end - 1;
        char c = data[line->at];
        if (form[place] == '0' ? c < '0' || c > '9' : c != form[place])
            return refuse(400, "the request line does not end in a version", ret_why);
        if (place == 5)
            line->major = (uint8_t)(c - '0');
        else if (place == 7)
            line->minor = (uint8_t)(c - '0');
        else if (place == sizeof form - 2) {
            line->at++;
            line->state = MN_HTTP_LINE_DONE;
            if (line->major != 1 || line->minor > 1)
                return refuse(505, "only HTTP/1.1 and HTTP/1.0 are spoken here", ret_why);
            return 0;
        }
    }
    return 0;
}

int mn_http_line_read(mn_http_line *line, const char *data, size_t size, size_t bytes_max,
                      const char **ret_why)
{
    size_t end = size < bytes_max ? size : bytes_max;
    int status = 0;

    while (status == 0 && line->state != MN_HTTP_LINE_DONE && line->at < end) {
        switch (line->state) {
        case MN_HTTP_LINE_START:
        case MN_HTTP_LINE_EMPTY:
            status = read_start(line, data, ret_why);
            break;
        case MN_HTTP_LINE_METHOD:
            status = read_method(line, data, end, ret_why);
            break;
        case MN_HTTP_LINE_TARGET:
            status = read_target(line, data, end, ret_why);
            break;
        default:
            status = read_version(line, data, end, ret_why);
            break;
        }
    }
    if (status == 0 && line->state != MN_HTTP_LINE_DONE && line->at >= bytes_max)
        return refuse(414, "the request line is too long", ret_why);
    return status;
}
