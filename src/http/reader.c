/*
 * The reader of one connection: see reader.h.
 *
 * Each phase may take a counted number of bytes, and llhttp is given no more than that, so a limit
 * is met at the same byte however the input was cut.
 */
#include "http/reader.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "http/target.h"

enum phase {
    PHASE_LINE,
    PHASE_HEADERS,
    PHASE_BODY,       /* of a known length */
    PHASE_CHUNK_LINE, /* size and extensions */
    PHASE_CHUNK_DATA,
    PHASE_TRAILERS,
    PHASE_DONE,
    PHASE_BAD
};

static int bad(mn_http_reader *reader, int status, const char *why)
{
    reader->status = status;
    reader->why = why;
    return HPE_USER;
}

static uint32_t offset_of(const mn_http_reader *reader, const char *at)
{
    return (uint32_t)(at - reader->data - reader->begin);
}

/* ---- llhttp's callbacks ---- */

static int on_header_field(llhttp_t *parser, const char *at, size_t size)
{
    mn_http_reader *reader = parser->data;
    mn_http_field *field;

    if (parser->flags & F_TRAILING)
        return 0; /* trailers are checked and dropped */
    if (reader->in_name) {
        reader->fields[reader->fields_count].name_size += (uint32_t)size;
        return 0;
    }
    field = &reader->fields[reader->fields_count];
    field->name = offset_of(reader, at);
    field->name_size = (uint32_t)size;
    field->value = field->value_size = 0;
    reader->in_name = true;
    return 0;
}

static int on_header_field_complete(llhttp_t *parser)
{
    mn_http_reader *reader = parser->data;
    if (parser->flags & F_TRAILING)
        return 0;
    /* Not where the name began: one that is none is refused for that, however it is cut. */
    if (reader->fields_count == reader->limits.headers_count_max)
        return bad(reader, 431, "there are too many header fields");
    reader->in_name = false;
    return 0;
}

static int on_header_value(llhttp_t *parser, const char *at, size_t size)
{
    mn_http_reader *reader = parser->data;
    mn_http_field *field = &reader->fields[reader->fields_count];
    if (parser->flags & F_TRAILING)
        return 0;
    if (field->value_size == 0)
        field->value = offset_of(reader, at);
    field->value_size += (uint32_t)size;
    return 0;
}

/* A field that must not be given twice. */
static int know_once(mn_http_reader *reader, uint16_t *place, const char *why)
{
    if (*place != 0)
        return bad(reader, 400, why);
    *place = (uint16_t)(reader->fields_count + 1);
    return 0;
}

static int know(mn_http_reader *reader, minos_view name, minos_view value)
{
#define IS(literal) (strncasecmp(name.data, literal, sizeof literal - 1) == 0)
    mn_http_known *known = &reader->known;
    switch (name.size) {
    case 4:
        if (IS("host"))
            return know_once(reader, &known->host, "there is more than one Host");
        if (IS("user"))
            return know_once(reader, &known->user, "there is more than one user");
        break;
    case 6:
        if (IS("expect")) {
            if (value.size == 12 && strncasecmp(value.data, "100-continue", 12) == 0)
                known->expect_continue = true;
            else
                known->expect_other = true;
        }
        break;
    case 12:
        if (IS("content-type"))
            return know_once(reader, &known->content_type, "there is more than one Content-Type");
        break;
    case 14:
        if (IS("content-length"))
            return know_once(reader, &known->content_length,
                             "there is more than one Content-Length");
        if (IS("minos-deadline"))
            return know_once(reader, &known->deadline, "there is more than one minos-deadline");
        break;
    case 17:
        if (IS("transfer-encoding"))
            return know_once(reader, &known->transfer_encoding,
                             "there is more than one Transfer-Encoding");
        break;
    default:
        break;
    }
    return 0;
#undef IS
}

static int on_header_value_complete(llhttp_t *parser)
{
    mn_http_reader *reader = parser->data;
    mn_http_field *field = &reader->fields[reader->fields_count];
    minos_view value;
    int rc;

    if (parser->flags & F_TRAILING)
        return 0;
    value = minos_view_make(reader->data + reader->begin + field->value, field->value_size);
    while (value.size != 0 &&
           (value.data[value.size - 1] == ' ' || value.data[value.size - 1] == '\t'))
        value.size--;
    field->value_size = (uint32_t)value.size;
    rc = know(reader, minos_view_make(reader->data + reader->begin + field->name, field->name_size),
              value);
    reader->fields_count++;
    return rc;
}

static bool is_number(minos_view text)
{
    for (size_t i = 0; i < text.size; i++)
        if (text.data[i] < '0' || text.data[i] > '9')
            return false;
    return text.size != 0;
}

/* What RFC 9112 §6 says of the body's length; llhttp has checked part of it. */
static int check_framing(mn_http_reader *reader, const llhttp_t *parser)
{
    const mn_http_known *known = &reader->known;
    if (known->transfer_encoding != 0) {
        minos_view coding = mn_http_reader_value(reader, known->transfer_encoding);
        if (reader->line.minor == 0)
            return bad(reader, 400, "HTTP/1.0 has no Transfer-Encoding");
        if (known->content_length != 0)
            return bad(reader, 400, "Content-Length and Transfer-Encoding exclude each other");
        if (coding.size != 7 || strncasecmp(coding.data, "chunked", 7) != 0)
            return bad(reader, 400, "the only Transfer-Encoding understood is chunked");
        reader->chunked = true;
    } else if (known->content_length != 0) {
        if (!is_number(mn_http_reader_value(reader, known->content_length)))
            return bad(reader, 400, "Content-Length is not a number");
        if (parser->content_length > reader->limits.body_bytes_max)
            return bad(reader, 413, "the body is larger than this server takes");
    }
    return 0;
}

static int on_headers_complete(llhttp_t *parser)
{
    mn_http_reader *reader = parser->data;
    int rc;

    if (reader->known.host == 0 && reader->line.minor != 0)
        return bad(reader, 400, "there is no Host");
    if (reader->known.host != 0 &&
        !mn_http_is_authority(mn_http_reader_value(reader, reader->known.host)))
        return bad(reader, 400, "Host is not valid");
    rc = check_framing(reader, parser);
    if (rc != 0)
        return rc;
    reader->connection = parser->flags;
    parser->upgrade = 0; /* Upgrade is ignored, as RFC 9110 §7.8 allows */
    return reader->chunked || parser->content_length != 0 ? HPE_PAUSED : 0;
}

static int on_body(llhttp_t *parser, const char *at, size_t size)
{
    mn_http_reader *reader = parser->data;
    char *end = reader->data + reader->begin + reader->body + reader->body_size;
    if (end != at)
        memmove(end, at, size);
    reader->body_size += size;
    return 0;
}

static int on_chunk_header(llhttp_t *parser)
{
    mn_http_reader *reader = parser->data;
    if (parser->content_length > reader->limits.body_bytes_max - reader->body_size)
        return bad(reader, 413, "the body is larger than this server takes");
    return HPE_PAUSED;
}

static int on_chunk_complete(llhttp_t *parser)
{
    return parser->flags & F_TRAILING ? 0 : HPE_PAUSED;
}

static int on_message_complete(llhttp_t *parser)
{
    mn_http_reader *reader = parser->data;
    reader->phase = PHASE_DONE;
    return HPE_PAUSED;
}

static const llhttp_settings_t settings = {
    .on_header_field = on_header_field,
    .on_header_field_complete = on_header_field_complete,
    .on_header_value = on_header_value,
    .on_header_value_complete = on_header_value_complete,
    .on_headers_complete = on_headers_complete,
    .on_body = on_body,
    .on_chunk_header = on_chunk_header,
    .on_chunk_complete = on_chunk_complete,
    .on_message_complete = on_message_complete,
};

/* ---- life and memory ---- */

static void begin_request(mn_http_reader *reader)
{
    reader->phase = PHASE_LINE;
    memset(&reader->line, 0, sizeof reader->line);
    memset(&reader->known, 0, sizeof reader->known);
    reader->fields_count = 0;
    reader->in_name = false;
    reader->body = 0;
    reader->body_size = 0;
    reader->chunked = false;
    reader->chunk_extra = 0;
}

void mn_http_reader_init(mn_http_reader *reader, const mn_http_limits *limits)
{
    static const char line[] = "POST / HTTP/1.1\r\n";
    llhttp_errno_t error;

    memset(reader, 0, sizeof *reader);
    reader->limits = *limits;
    reader->fields = mn_new_array(mn_http_field, limits->headers_count_max + 1);
    reader->capacity = MN_HTTP_IN_BYTES;
    reader->data = mn_alloc(reader->capacity + MN_HTTP_PADDING_BYTES);
    /* A parser that stands behind a request line, copied for each request: the line is ours. */
    llhttp_init(&reader->fresh, HTTP_REQUEST, &settings);
    reader->fresh.data = reader;
    error = llhttp_execute(&reader->fresh, line, sizeof line - 1);
    assert(error == HPE_OK);
    (void)error;
    begin_request(reader);
}

void mn_http_reader_done(mn_http_reader *reader)
{
    free(reader->fields);
    free(reader->data);
    reader->fields = NULL;
    reader->data = NULL;
}

static void resize(mn_http_reader *reader, size_t capacity)
{
    reader->data = mn_realloc(reader->data, capacity + MN_HTTP_PADDING_BYTES);
    memset(reader->data + reader->size, 0, capacity + MN_HTTP_PADDING_BYTES - reader->size);
    reader->capacity = capacity;
}

/* Move the request being read to the front of the buffer. */
static void move_to_front(mn_http_reader *reader)
{
    if (reader->begin == 0)
        return;
    memmove(reader->data, reader->data + reader->begin, reader->size - reader->begin);
    reader->size -= reader->begin;
    reader->at -= reader->begin;
    reader->begin = 0;
}

void mn_http_reader_reset(mn_http_reader *reader)
{
    reader->begin = reader->at = reader->size = 0;
    mn_http_reader_next(reader);
}

void mn_http_reader_next(mn_http_reader *reader)
{
    reader->begin = reader->at;
    if (reader->begin == reader->size)
        reader->begin = reader->at = reader->size = 0;
    if (reader->capacity > MN_HTTP_KEPT_BYTES && reader->size - reader->begin < MN_HTTP_IN_BYTES) {
        move_to_front(reader);
        resize(reader, MN_HTTP_IN_BYTES);
    }
    begin_request(reader);
}

char *mn_http_reader_room(mn_http_reader *reader, size_t *ret_size)
{
    if (reader->capacity - reader->size < MN_HTTP_IN_BYTES / 4)
        move_to_front(reader);
    if (reader->capacity == reader->size) {
        size_t want = reader->capacity * 2;
        if (reader->phase == PHASE_BODY) {
            size_t whole = reader->size + (size_t)reader->parser.content_length;
            if (whole < want)
                want = whole;
        }
        resize(reader, want);
    }
    *ret_size = reader->capacity - reader->size;
    return reader->data + reader->size;
}

void mn_http_reader_received(mn_http_reader *reader, size_t size)
{
    reader->size += size;
}

bool mn_http_reader_idle(const mn_http_reader *reader)
{
    return reader->phase == PHASE_LINE && reader->size == reader->begin;
}

bool mn_http_reader_has_more(const mn_http_reader *reader)
{
    return reader->size > reader->at;
}

/* ---- reading ---- */

static mn_http_event refuse(mn_http_reader *reader, int status, const char *why)
{
    reader->status = status;
    reader->why = why;
    reader->phase = PHASE_BAD;
    return MN_HTTP_BAD;
}

static void enter(mn_http_reader *reader, enum phase phase, size_t bytes_max)
{
    reader->phase = phase;
    reader->left = bytes_max;
}

static bool read_line(mn_http_reader *reader)
{
    const char *why = NULL;
    int status =
        mn_http_line_read(&reader->line, reader->data + reader->begin, reader->size - reader->begin,
                          reader->limits.line_bytes_max, &why);
    if (status != 0) {
        refuse(reader, status, why);
        return true;
    }
    if (reader->line.state != MN_HTTP_LINE_DONE)
        return false;
    reader->at = reader->begin + reader->line.at;
    reader->parser = reader->fresh;
    enter(reader, PHASE_HEADERS, reader->limits.headers_bytes_max);
    return true;
}

static mn_http_event refuse_size(mn_http_reader *reader)
{
    switch (reader->phase) {
    case PHASE_HEADERS:
        return refuse(reader, 431, "the header fields are too large");
    case PHASE_TRAILERS:
        return refuse(reader, 431, "the trailer fields are too large");
    default:
        return refuse(reader, 400, "the line of a chunk is too long");
    }
}

/* llhttp stopped where a callback asked it to: name the next phase. */
static mn_http_event turn(mn_http_reader *reader)
{
    size_t line_bytes;

    llhttp_resume(&reader->parser);
    switch (reader->phase) {
    case PHASE_HEADERS:
        reader->body = (uint32_t)(reader->at - reader->begin);
        if (reader->chunked)
            enter(reader, PHASE_CHUNK_LINE, MN_HTTP_CHUNK_LINE_BYTES_MAX);
        else
            enter(reader, PHASE_BODY, SIZE_MAX);
        return MN_HTTP_HEAD;
    case PHASE_CHUNK_LINE:
        line_bytes = MN_HTTP_CHUNK_LINE_BYTES_MAX - reader->left;
        if (line_bytes > 18) /* 16 digits and the line's end are nobody's flood */
            reader->chunk_extra += line_bytes - 18;
        if (reader->chunk_extra > MN_HTTP_CHUNK_EXTRA_BYTES_MAX)
            return refuse(reader, 400, "the chunk extensions are too large");
        if (reader->parser.content_length == 0)
            enter(reader, PHASE_TRAILERS, MN_HTTP_TRAILER_BYTES_MAX);
        else
            enter(reader, PHASE_CHUNK_DATA, SIZE_MAX);
        return MN_HTTP_MORE;
    case PHASE_CHUNK_DATA:
        enter(reader, PHASE_CHUNK_LINE, MN_HTTP_CHUNK_LINE_BYTES_MAX);
        return MN_HTTP_MORE;
    default:
        return refuse(reader, 400, "the framing is not valid");
    }
}

/* Feed llhttp once. MORE: go on while there are bytes. */
static mn_http_event feed(mn_http_reader *reader)
{
    const char *from = reader->data + reader->at;
    size_t size = reader->size - reader->at;
    llhttp_errno_t error;

    if (size > reader->left)
        size = reader->left;
    reader->status = 0;
    error = llhttp_execute(&reader->parser, from, size);
    if (error != HPE_OK)
        size = (size_t)(llhttp_get_error_pos(&reader->parser) - from);
    reader->at += size;
    reader->left -= size;
    if (error == HPE_PAUSED)
        return reader->phase == PHASE_DONE ? MN_HTTP_DONE : turn(reader);
    if (error != HPE_OK)
        return reader->status != 0 ? refuse(reader, reader->status, reader->why)
                                   : refuse(reader, 400, llhttp_get_error_reason(&reader->parser));
    if (reader->left == 0)
        return refuse_size(reader);
    return MN_HTTP_MORE;
}

/* The framing of a chunked body, once read, is room for what comes next. */
static void drop_framing(mn_http_reader *reader)
{
    if (reader->chunked && reader->phase != PHASE_HEADERS && reader->at == reader->size)
        reader->at = reader->size = reader->begin + reader->body + reader->body_size;
}

mn_http_event mn_http_reader_step(mn_http_reader *reader)
{
    mn_http_event event = MN_HTTP_MORE;

    if (reader->phase == PHASE_LINE && !read_line(reader))
        return MN_HTTP_MORE;
    if (reader->phase == PHASE_BAD)
        return MN_HTTP_BAD;
    if (reader->phase == PHASE_DONE)
        return MN_HTTP_DONE;
    while (event == MN_HTTP_MORE && reader->at < reader->size)
        event = feed(reader);
    if (event == MN_HTTP_MORE)
        drop_framing(reader);
    return event;
}

/* ---- what was read ---- */

static minos_view piece(const mn_http_reader *reader, size_t from, size_t size)
{
    return minos_view_make(reader->data + reader->begin + from, size);
}

minos_view mn_http_reader_method(const mn_http_reader *reader)
{
    return piece(reader, reader->line.begin, reader->line.method_end - reader->line.begin);
}

minos_view mn_http_reader_target(const mn_http_reader *reader)
{
    size_t from = reader->line.method_end + 1;
    return piece(reader, from, reader->line.target_end - from);
}

minos_view mn_http_reader_body(const mn_http_reader *reader)
{
    return piece(reader, reader->body, reader->body_size);
}

minos_view mn_http_reader_name(const mn_http_reader *reader, size_t place)
{
    return piece(reader, reader->fields[place - 1].name, reader->fields[place - 1].name_size);
}

minos_view mn_http_reader_value(const mn_http_reader *reader, size_t place)
{
    return piece(reader, reader->fields[place - 1].value, reader->fields[place - 1].value_size);
}

size_t mn_http_reader_find(const mn_http_reader *reader, minos_view name, size_t after)
{
    for (size_t i = after + 1; i <= reader->fields_count; i++)
        if (reader->fields[i - 1].name_size == name.size &&
            strncasecmp(reader->data + reader->begin + reader->fields[i - 1].name, name.data,
                        name.size) == 0)
            return i;
    return 0;
}

bool mn_http_reader_keeps(const mn_http_reader *reader)
{
    if (reader->connection & F_CONNECTION_CLOSE)
        return false;
    return reader->line.minor != 0 || (reader->connection & F_CONNECTION_KEEP_ALIVE);
}
