/*
 * `message show` and `message make`: Avro files as tagged JSON, and back. One JSON object a file:
 * kind "message" with the broker message's fields, or kind "value" with any other content.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <minos/message.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "base/buffer.h"
#include "broker/wire.h"
#include "codec/avro.h"
#include "codec/avro_write.h"
#include "codec/value_sink.h"
#include "runtime/command.h"
#include "runtime/tagged.h"

#define JSON_BYTES_MAX ((size_t)256 << 20) /* of a text read or written */

/* Read a file, "-" for standard input, into a buffer with a maximum. */
static minos_rc read_file(const char *path, minos_buffer *out)
{
    FILE *file = strcmp(path, "-") == 0 ? stdin : fopen(path, "rb");
    minos_rc rc;

    if (file == NULL)
        return minos_fail_os(MINOS_EIO, errno, "cannot be opened: %s", strerror(errno));
    while (mn_buffer_reserve(out, BUFSIZ) && !feof(file) && !ferror(file))
        out->size += fread(out->data + out->size, 1, BUFSIZ, file);
    rc = ferror(file) ? minos_fail_os(MINOS_EIO, errno, "cannot be read: %s", strerror(errno))
                      : mn_buffer_check(out);
    if (file != stdin)
        fclose(file);
    return rc;
}

/* ---- show ---- */

static minos_rc put_string(minos_buffer *out, const char *before, const char *text)
{
    minos_value value = minos_value_text(text);
    mn_buffer_put_text(out, before);
    return mn_tagged_write(&value, out);
}

/* A map of strings as it is: what looks like a tag is none. */
static minos_rc put_headers(const minos_value *headers, minos_buffer *out)
{
    for (size_t i = 0; i < minos_value_count(headers); i++) {
        const minos_pair *pair = minos_value_pair(headers, i);
        minos_value name = minos_value_string(pair->key);
        mn_buffer_put_text(out, i == 0 ? "{" : ", ");
        MINOS_TRY(mn_tagged_write(&name, out));
        mn_buffer_put_text(out, ": ");
        MINOS_TRY(mn_tagged_write(&pair->value, out));
    }
    mn_buffer_put_text(out, minos_value_count(headers) == 0 ? "{}" : "}");
    return MINOS_OK;
}

static minos_rc show_message(const minos_message *message, minos_buffer *out)
{
    char text[MINOS_UUID_TEXT_BYTES + 1], number[64];

    minos_uuid_format(minos_message_identifier(message), text);
    snprintf(number, sizeof number, ", \"status\": %d, \"ok\": %s", minos_message_status(message),
             minos_message_ok(message) ? "true" : "false");
    MINOS_TRY(put_string(out, "{\"kind\": \"message\", \"message\": {\"version\": 1, \"topic\": ",
                         minos_message_topic(message)));
    MINOS_TRY(put_string(out, ", \"identifier\": ", text));
    MINOS_TRY(put_string(out, ", \"reply_topic\": ", minos_message_reply_topic(message)));
    MINOS_TRY(
        put_string(out, ", \"strategy\": ", minos_strategy_name(minos_message_strategy(message))));
    mn_buffer_put_text(out, number);
    mn_buffer_put_text(out, ", \"headers\": ");
    MINOS_TRY(put_headers(minos_message_headers(message), out));
    mn_buffer_put_text(out, ", \"content\": ");
    MINOS_TRY(mn_tagged_write(minos_message_content(message), out));
    mn_buffer_put_text(out, "}}\n");
    return mn_buffer_check(out);
}

static minos_rc show_value(const mn_avro_file *file, minos_arena *arena, minos_buffer *out)
{
    const minos_value *value;
    mn_value_sink sink;

    mn_value_sink_init(&sink, arena);
    MINOS_TRY(mn_avro_read(file, MN_VALUE_DEPTH_MAX, mn_value_sink_of(&sink)));
    MINOS_TRY(mn_value_sink_end(&sink, &value));
    mn_buffer_put_text(out, "{\"kind\": \"value\", \"value\": ");
    MINOS_TRY(mn_tagged_write(value, out));
    mn_buffer_put_text(out, "}\n");
    return mn_buffer_check(out);
}

static minos_rc show_bytes(minos_view bytes, minos_arena *arena, minos_buffer *out)
{
    minos_message *message;
    mn_avro_file file;
    bool is_message;
    minos_rc rc = MINOS_OK;

    MINOS_TRY(mn_avro_open(bytes, MN_AVRO_FILE_BYTES_MAX, &file));
    is_message = minos_view_is(file.schema->nodes[file.schema->root].name, MN_WIRE_RECORD);
    if (!is_message)
        rc = show_value(&file, arena, out);
    mn_avro_close(&file);
    if (!is_message)
        return rc;
    MINOS_TRY(mn_wire_decode(bytes, &message));
    rc = show_message(message, out);
    minos_message_unref(message);
    return rc;
}

static minos_rc show_file(const char *path)
{
    MINOS_AUTO(minos_arena) *arena = minos_arena_new(0);
    MINOS_AUTO(minos_buffer) *bytes = NULL;
    MINOS_AUTO(minos_buffer) *out = NULL;

    MINOS_TRY(minos_buffer_new(MN_AVRO_FILE_BYTES_MAX, &bytes));
    MINOS_TRY(minos_buffer_new(JSON_BYTES_MAX, &out));
    MINOS_TRY(read_file(path, bytes));
    MINOS_TRY(show_bytes(minos_buffer_view(bytes), arena, out));
    fwrite(out->data, 1, out->size, stdout);
    return MINOS_OK;
}

/* Tell what is wrong with a file, which is not our fault: no way through our sources. */
static int failed(const mn_command *command, const char *path)
{
    fprintf(stderr, "%s: %s: %s\n", command->program, path,
            minos_error_message(minos_error_last()));
    return MN_EXIT_FAILED;
}

/* What was printed is only there once it is flushed. */
static int finish(const mn_command *command, int code)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return code;
    fprintf(stderr, "%s: cannot write to standard output: %s\n", command->program, strerror(errno));
    return MN_EXIT_FAILED;
}

int mn_word_message_show(mn_command *command)
{
    int code = MN_EXIT_OK;

    for (size_t i = 0; i < command->argument_count; i++)
        if (show_file(command->arguments[i]) != MINOS_OK)
            code = failed(command, command->arguments[i]);
    return finish(command, code);
}

/* ---- make ---- */

/* The record's fields, payload among them, from the flat ones of the JSON. */
static minos_rc make_message(const minos_value *json, minos_arena *arena, minos_buffer *out)
{
    static const char *const of_record[] = {"topic", "identifier", "reply_topic", "strategy"};
    static const char *const of_payload[] = {"status", "headers"};
    static const char known[] = " version ok content topic identifier reply_topic strategy status "
                                "headers ";
    minos_value *record = minos_value_map_new(arena), *payload = minos_value_map_new(arena);
    minos_value content;
    minos_message *message;
    minos_rc rc;

    if (minos_value_type(json) != MINOS_TYPE_MAP)
        return minos_fail(MINOS_EPARSE, "\"message\" is %s, not an object",
                          minos_type_name(minos_value_type(json)));
    for (size_t i = 0; i < minos_value_count(json); i++) {
        const char *key = minos_arena_printf(arena, " %s ", minos_value_pair(json, i)->key.data);
        if (strstr(known, key) == NULL)
            return minos_fail(MINOS_EPARSE, "a message has no field \"%s\"",
                              minos_value_pair(json, i)->key.data);
    }
    for (size_t i = 0; i < mn_count_of(of_record); i++)
        MINOS_TRY(minos_value_put(arena, record, minos_view_of(of_record[i]),
                                  minos_value_of(minos_value_get(json, of_record[i]))));
    for (size_t i = 0; i < mn_count_of(of_payload); i++)
        MINOS_TRY(minos_value_put(arena, payload, minos_view_of(of_payload[i]),
                                  minos_value_of(minos_value_get(json, of_payload[i]))));
    MINOS_TRY(mn_tagged_read(minos_value_get(json, "content"), arena, &content));
    MINOS_TRY(minos_value_put(arena, payload, MINOS_VIEW("content"), content));
    MINOS_TRY(minos_value_put(arena, record, MINOS_VIEW("payload"), *payload));
    MINOS_TRY(mn_wire_message_of(record, &message));
    rc = mn_wire_encode(message, out);
    minos_message_unref(message);
    return rc;
}

static minos_rc make_bytes(minos_view text, minos_arena *arena, minos_buffer *out)
{
    const minos_value *json;
    minos_view kind;
    minos_value value;

    MINOS_TRY(minos_json_decode(text, arena, &json));
    kind = minos_value_view(minos_value_get(json, "kind"));
    if (minos_view_is(kind, "message"))
        return make_message(minos_value_get(json, "message"), arena, out);
    if (!minos_view_is(kind, "value"))
        return minos_fail(MINOS_EPARSE, "\"kind\" is neither \"message\" nor \"value\"");
    if (minos_value_get(json, "value") == NULL)
        return minos_fail(MINOS_EPARSE, "\"value\" is missing");
    MINOS_TRY(mn_tagged_read(minos_value_get(json, "value"), arena, &value));
    return mn_avro_encode(&value, out);
}

static minos_rc make_file(const char *path)
{
    MINOS_AUTO(minos_arena) *arena = minos_arena_new(2 * JSON_BYTES_MAX);
    MINOS_AUTO(minos_buffer) *text = NULL;
    MINOS_AUTO(minos_buffer) *out = NULL;

    MINOS_TRY(minos_buffer_new(JSON_BYTES_MAX, &text));
    MINOS_TRY(minos_buffer_new(MN_AVRO_FILE_BYTES_MAX, &out));
    MINOS_TRY(read_file(path, text));
    MINOS_TRY(make_bytes(minos_buffer_view(text), arena, out));
    fwrite(out->data, 1, out->size, stdout);
    return MINOS_OK;
}

int mn_word_message_make(mn_command *command)
{
    const char *path = command->arguments[0];
    return finish(command, make_file(path) == MINOS_OK ? MN_EXIT_OK : failed(command, path));
}
