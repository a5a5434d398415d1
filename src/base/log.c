/*
 * Logging: a line is built in the caller's stack and written at once, so lines of several threads
 * or processes never mix.
 */
#include <minos/log.h>

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/civil.h"
#include "base/env.h"
#include "base/log.h"
#include "base/utf8.h"

#define MESSAGE_BYTES_MAX 4096
#define LINE_BYTES_MAX    8192

static _Atomic int level_now = MINOS_LEVEL_INFO;
static _Atomic int format_now = MINOS_LOG_AUTO;
static minos_log_fn *output;
static void *output_context;
static int worker_slot;
static int worker_pid; /* 0: the only process */

static const char *const level_names[] = {
    [MINOS_LEVEL_ERROR] = "error",   [MINOS_LEVEL_WARNING] = "warning",
    [MINOS_LEVEL_NOTICE] = "notice", [MINOS_LEVEL_INFO] = "info",
    [MINOS_LEVEL_DEBUG] = "debug",
};

void minos_log_level_set(minos_level level)
{
    atomic_store_explicit(&level_now, (int)level, memory_order_relaxed);
}

minos_level minos_log_level(void)
{
    return (minos_level)atomic_load_explicit(&level_now, memory_order_relaxed);
}

void minos_log_format_set(minos_log_format format)
{
    atomic_store_explicit(&format_now, (int)format, memory_order_relaxed);
}

void minos_log_output_set(minos_log_fn *fn, void *context)
{
    output = fn;
    output_context = context;
}

void mn_log_worker_set(int slot, int pid)
{
    worker_slot = slot;
    worker_pid = pid;
}

/* Name the worker in a line's head. */
static size_t put_worker(char *line, size_t size, bool json)
{
    if (worker_pid == 0)
        return 0;
    return (size_t)snprintf(line, size, json ? ",\"worker\":%d,\"pid\":%d" : "[worker %d, %d] ",
                            worker_slot, worker_pid);
}

static bool wants_json(void)
{
    int format = atomic_load_explicit(&format_now, memory_order_relaxed);
    if (format == MINOS_LOG_AUTO) {
        format = isatty(STDERR_FILENO) ? MINOS_LOG_TEXT : MINOS_LOG_JSON;
        atomic_store_explicit(&format_now, format, memory_order_relaxed);
    }
    return format == MINOS_LOG_JSON;
}

static size_t put_time(char *line, size_t size)
{
    minos_timestamp now = minos_timestamp_now();
    int64_t days = mn_floor_div(now, MN_DAY_US), of_day = now - days * MN_DAY_US;
    mn_civil date = mn_civil_from_days(days);
    int length;

    length = snprintf(line, size, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", (int)date.year, date.month,
                      date.day, (int)(of_day / INT64_C(3600000000)), (int)(of_day / 60000000 % 60),
                      (int)(of_day / 1000000 % 60), (int)(of_day / 1000 % 1000));
    return length < 0 ? 0 : (size_t)length;
}

/*
 * JSON string content. Messages may hold what a peer sent: control characters are escaped, and what
 * is not UTF-8, a character that a limit cut through among it, is replaced, so that a line stays
 * JSON.
 */
static size_t put_escaped(char *line, size_t used, size_t size, const char *text)
{
    const char *end = text + strlen(text);

    while (text != end && used + 7 < size) {
        size_t step = mn_utf8_step(text, end);
        unsigned char byte = (unsigned char)*text;
        if (step == 0) {
            used += (size_t)snprintf(line + used, size - used, "\\ufffd");
        } else if (byte < 0x20 || byte == 0x7f) {
            used += (size_t)snprintf(line + used, size - used, "\\u%04x", byte);
        } else {
            if (byte == '"' || byte == '\\')
                line[used++] = '\\';
            memcpy(line + used, text, step);
            used += step;
        }
        text += step == 0 ? 1 : step;
    }
    return used;
}

static void emit(const char *file, int line_number, minos_level level, const char *message)
{
    char line[LINE_BYTES_MAX];
    size_t used;
    size_t size = sizeof line - 2; /* room for the closing brace and the newline */

    if (wants_json()) {
        used = (size_t)snprintf(line, size, "{\"time\":\"");
        used += put_time(line + used, size - used);
        used +=
            (size_t)snprintf(line + used, size - used, "\",\"level\":\"%s\"", level_names[level]);
        used += put_worker(line + used, size - used, true);
        used += (size_t)snprintf(line + used, size - used, ",\"message\":\"");
        used = put_escaped(line, used, size - 128, message);
        if (file != NULL)
            used += (size_t)snprintf(line + used, size - used, "\",\"at\":\"%.80s:%d", file,
                                     line_number);
        line[used++] = '"';
        line[used++] = '}';
    } else {
        used = put_time(line, size);
        used += (size_t)snprintf(line + used, size - used, " %-7s ", level_names[level]);
        used += put_worker(line + used, size - used, false);
        for (const char *at = message; *at != '\0' && used < size; at++)
            line[used++] = (unsigned char)*at < 0x20 && *at != '\n' && *at != '\t' ? '?' : *at;
    }
    if (output != NULL) {
        line[used] = '\0';
        output(output_context, level, line);
        return;
    }
    line[used++] = '\n';
    mn_env->write_error(line, used);
}

void minos_log_at(const char *file, int line, minos_level level, const char *format, ...)
{
    char message[MESSAGE_BYTES_MAX];
    va_list args;

    if (level > minos_log_level())
        return;
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    emit(file, line, level, message);
}

void minos_log_chain(minos_level level, const minos_error *error, const char *format, ...)
{
    char message[MESSAGE_BYTES_MAX];
    va_list args;
    int length;

    if (level > minos_log_level())
        return;
    va_start(args, format);
    length = vsnprintf(message, sizeof message, format, args);
    va_end(args);
    if (length >= 0 && (size_t)length + 3 < sizeof message) {
        memcpy(message + length, ": ", 3);
        minos_error_describe(error, message + length + 2, sizeof message - (size_t)length - 2);
    }
    emit(NULL, 0, level, message);
}
