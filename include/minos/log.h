/*
 * Logging: one JSON object a line, or text when standard error is a terminal. The library never
 * logs an error that it returns; the dispatcher logs it once, with its chain.
 */
#ifndef MINOS_LOG_H
#define MINOS_LOG_H

#include <minos/compiler.h>
#include <minos/error.h>

MINOS_BEGIN_DECLS

/** Severities of RFC 5424 that we use. */
typedef enum minos_level {
    MINOS_LEVEL_ERROR = 3,
    MINOS_LEVEL_WARNING = 4,
    MINOS_LEVEL_NOTICE = 5,
    MINOS_LEVEL_INFO = 6,
    MINOS_LEVEL_DEBUG = 7
} minos_level;

typedef enum minos_log_format {
    MINOS_LOG_AUTO, /* text on a terminal, JSON elsewhere */
    MINOS_LOG_JSON,
    MINOS_LOG_TEXT
} minos_log_format;

/** Receives one finished line without its newline; called on the thread that logs. */
typedef void minos_log_fn(void *context, minos_level level, const char *line);

/** Log what is at least this severe; info until set. @noyield @thread{any} */
MINOS_API void minos_log_level_set(minos_level level);
/** Give the least severity that is logged. @noyield @thread{any} */
MINOS_API minos_level minos_log_level(void);
/** Choose the form of a line. @noyield @thread{any, before others log} */
MINOS_API void minos_log_format_set(minos_log_format format);
/**
 * Send lines to a function instead of standard error.
 * @param fn       NULL restores standard error
 * @param context  handed to each call, borrowed until the output is set again
 * @noyield @thread{any, before others log}
 */
MINOS_API void minos_log_output_set(minos_log_fn *fn, void *context);

#define minos_log_error(...)   minos_log_at(__FILE__, __LINE__, MINOS_LEVEL_ERROR, __VA_ARGS__)
#define minos_log_warning(...) minos_log_at(__FILE__, __LINE__, MINOS_LEVEL_WARNING, __VA_ARGS__)
#define minos_log_notice(...)  minos_log_at(__FILE__, __LINE__, MINOS_LEVEL_NOTICE, __VA_ARGS__)
#define minos_log_info(...)    minos_log_at(__FILE__, __LINE__, MINOS_LEVEL_INFO, __VA_ARGS__)
#define minos_log_debug(...)                                                                       \
    do {                                                                                           \
        if (minos_log_level() >= MINOS_LEVEL_DEBUG)                                                \
            minos_log_at(__FILE__, __LINE__, MINOS_LEVEL_DEBUG, __VA_ARGS__);                      \
    } while (0)

/**
 * Log one line; the macros above fill in the place.
 * @param format  as of printf; line breaks are escaped in JSON, kept in text
 * @noyield @thread{any}
 */
MINOS_API void minos_log_at(const char *file, int line, minos_level level, const char *format, ...)
    MINOS_PRINTF(4, 5);
/**
 * Log an error with its chain behind a sentence: "command user.create failed: …".
 * @param error   NULL logs the sentence alone
 * @param format  the sentence, as of printf
 * @noyield @thread{any}
 */
MINOS_API void minos_log_chain(minos_level level, const minos_error *error, const char *format, ...)
    MINOS_PRINTF(3, 4);

MINOS_END_DECLS

#endif
