/*
 * Errors. Whatever can fail returns a minos_rc; the details (message, place, cause) lie in the
 * error slot of the running fiber, or of the thread outside of fibers. Three verbs raise, each
 * returns its code so that raising is one `return`:
 *
 *     return minos_fail(MINOS_EIO, "cannot open %s", path);  our fault: the peer sees a plain 500
 *     return minos_reject(409, "order %s is closed", id);    the peer's: message and status travel
 *     return minos_wrap(rc, "while loading %s", path);       adds what we were doing
 *
 * MINOS_TRY returns the code of a failed call and notes its line: the chain is a return trace.
 */
#ifndef MINOS_ERROR_H
#define MINOS_ERROR_H

#include <stdbool.h>
#include <stddef.h>

#include <minos/compiler.h>

MINOS_BEGIN_DECLS

/*
 * X(code, parent, status, text): every return code, the code it is a kind of, the HTTP status of a
 * response when nobody handled it, and its sentence. The codes under EANY are the original's
 * exceptions, one a name (MinosException is EANY).
 */
#define MINOS_RC_MAP(X)                                                                            \
    /* The original's hierarchy. */                                                                \
    X(EANY, OK, 500, "an error of the framework")                                                  \
    X(ENETWORK, EANY, 500, "a networking error")                                                   \
    X(EDISCOVERY, ENETWORK, 500, "the discovery connector failed")                                 \
    X(EDISCOVERYCLIENT, ENETWORK, 500, "not a valid discovery client")                             \
    X(EHANDLER, ENETWORK, 500, "a handler could not be run")                                       \
    X(ENOACTION, EHANDLER, 404, "no action is bound to this key")                                  \
    X(ENOTENOUGH, EHANDLER, 500, "fewer messages than asked for came in time")                     \
    X(ECHECK, EHANDLER, 400, "a checker was not satisfied")                                        \
    X(EENROUTE, ENETWORK, 500, "a declaration is not valid")                                       \
    X(EMULTIPLEKINDS, EENROUTE, 500, "one handler is declared under several kinds")                \
    X(EREDEFINED, EENROUTE, 500, "one key is bound twice")                                         \
    X(EREQUEST, ENETWORK, 400, "the request cannot be used so")                                    \
    X(ENOCONTENT, EREQUEST, 400, "the request has no content")                                     \
    X(ENOPARAMS, EREQUEST, 400, "the request has no params")                                       \
    X(ERESPONSE, EANY, 400, "the handler refused the request")                                     \
    /* What the peer sent. */                                                                      \
    X(EPARSE, EREQUEST, 400, "the input is malformed")                                             \
    X(ETYPE, EREQUEST, 400, "a value is of another type")                                          \
    X(EMISSING, EREQUEST, 400, "a field is missing")                                               \
    X(EMEDIATYPE, EREQUEST, 415, "the media type is not supported")                                \
    X(ETOOBIG, EREQUEST, 413, "the input is larger than its limit")                                \
    /* What the caller did. */                                                                     \
    X(EINVAL, OK, 500, "an argument is not valid")                                                 \
    X(ENOTSUP, OK, 500, "not supported")                                                           \
    X(ESTATE, OK, 500, "not possible in this state")                                               \
    X(ENOTFOUND, OK, 500, "not found")                                                             \
    X(EEXISTS, OK, 500, "exists already")                                                          \
    X(ECONFIG, OK, 500, "the configuration is not valid")                                          \
    /* What the world did. */                                                                      \
    X(ECANCELED, OK, 503, "canceled")                                                              \
    X(ETIMEDOUT, OK, 504, "the deadline passed")                                                   \
    X(ECLOSED, OK, 503, "closed")                                                                  \
    X(ETOOMANY, OK, 503, "a limit on how many is reached")                                         \
    X(EFULL, OK, 503, "no room is left")                                                           \
    X(EAGAIN, OK, 503, "not now")                                                                  \
    X(ETXWAIT, OK, 500, "a transaction waits for nothing else")                                    \
    X(EIO, OK, 500, "input or output failed")                                                      \
    X(ENOMEM, OK, 500, "memory is exhausted")                                                      \
    X(EINTERNAL, OK, 500, "an internal error")

typedef enum minos_rc {
    MINOS_OK = 0,
#define MINOS_RC_ENUM(code, parent, status, text) MINOS_##code,
    MINOS_RC_MAP(MINOS_RC_ENUM)
#undef MINOS_RC_ENUM
        MINOS_RC_COUNT
} minos_rc;

/** The details of a failure. Borrowed from the error slot: valid until the fiber raises again. */
typedef struct minos_error minos_error;

/** Give the name of a code, "EPARSE" for MINOS_EPARSE; "?" for no code. @noyield @thread{any} */
MINOS_API const char *minos_rc_name(minos_rc rc);
/** Give the sentence of a code. @noyield @thread{any} */
MINOS_API const char *minos_rc_text(minos_rc rc);
/** Give the response status of a code, 200 for MINOS_OK. @noyield @thread{any} */
MINOS_API int minos_rc_status(minos_rc rc);
/** Tell whether a code is `ancestor` or a kind of it. @noyield @thread{any} */
MINOS_API bool minos_rc_is_a(minos_rc rc, minos_rc ancestor);

/** Give the newest error of this fiber, NULL when none was raised or it was cleared. @noyield */
MINOS_API const minos_error *minos_error_last(void);
/** Forget this fiber's errors. @noyield */
MINOS_API void minos_error_clear(void);
/** Give the code of an error, MINOS_OK for NULL. @noyield @thread{the one that raised it} */
MINOS_API minos_rc minos_error_rc(const minos_error *error);
/** Give the message, never NULL. @noyield @lifetime{that of the error} */
MINOS_API const char *minos_error_message(const minos_error *error);
/** Give the source file that raised the error. @noyield @lifetime{static} */
MINOS_API const char *minos_error_file(const minos_error *error);
/** Give the line in that file. @noyield */
MINOS_API int minos_error_line(const minos_error *error);
/** Give the response status: the one of minos_reject, else that of the code. @noyield */
MINOS_API int minos_error_status(const minos_error *error);
/**
 * Tell whether message and status may be shown to the peer: it was raised by minos_reject, or is
 * the peer's fault by its code.
 * @noyield
 */
MINOS_API bool minos_error_is_public(const minos_error *error);
/** Give the errno or driver code that came with the error, 0 when none. @noyield */
MINOS_API int minos_error_os(const minos_error *error);
/** Give the older error this one was caused by, NULL at the end of the chain. @noyield */
MINOS_API const minos_error *minos_error_cause(const minos_error *error);
/**
 * Write the whole chain as one line of text: "message (file:line): cause (file:line)".
 * @param error  NULL gives an empty text
 * @param size   bytes at `text`, at least 1; the text is cut to fit and always NUL-terminated
 * @noyield
 */
MINOS_API void minos_error_describe(const minos_error *error, char *text, size_t size);

/** Raise our own fault. `rc` must not be MINOS_OK. */
#define minos_fail(rc, ...) minos_fail_os((rc), 0, __VA_ARGS__)
/** Raise our own fault with the errno or driver code behind it. */
#define minos_fail_os(rc, os, ...)                                                                 \
    minos_rc_failed(minos_error_raise_at(__FILE__, __LINE__, (rc), (os), __VA_ARGS__))
/** Refuse the request: gives MINOS_ERESPONSE; `status` 400..599 and the message reach the peer. */
#define minos_reject(status, ...)                                                                  \
    minos_rc_failed(minos_error_reject_at(__FILE__, __LINE__, (status), __VA_ARGS__))
/** Add what was being done to the error just returned; keeps the code and the status. */
#define minos_wrap(rc, ...) minos_error_wrap_at(__FILE__, __LINE__, (rc), __VA_ARGS__)
/** Disregard a result, deliberately; write the reason beside it. */
#define minos_ignore(rc) minos_rc_disregard(rc)

#define MINOS_TRY(call)                                                                            \
    do {                                                                                           \
        minos_rc minos_try_rc = (call);                                                            \
        if (MINOS_UNLIKELY(minos_try_rc != MINOS_OK)) {                                            \
            minos_error_trace_at(__FILE__, __LINE__, minos_try_rc);                                \
            return minos_try_rc;                                                                   \
        }                                                                                          \
    } while (0)

/* Beneath the macros. */
MINOS_API MINOS_COLD minos_rc minos_error_raise_at(const char *file, int line, minos_rc rc, int os,
                                                   const char *format, ...) MINOS_PRINTF(5, 6);
MINOS_API MINOS_COLD minos_rc minos_error_reject_at(const char *file, int line, int status,
                                                    const char *format, ...) MINOS_PRINTF(4, 5);
MINOS_API MINOS_COLD minos_rc minos_error_wrap_at(const char *file, int line, minos_rc rc,
                                                  const char *format, ...) MINOS_PRINTF(4, 5);
MINOS_API MINOS_COLD minos_rc minos_error_trace_at(const char *file, int line, minos_rc rc);
/*
 * What raises never gives MINOS_OK, not even when asked to; tell the compiler, which warns less
 * then.
 */
MINOS_UNUSED static inline minos_rc minos_rc_failed(minos_rc rc)
{
    if (rc == MINOS_OK)
        MINOS_UNREACHABLE();
    return rc;
}
MINOS_UNUSED static inline void minos_rc_disregard(minos_rc rc)
{
    (void)rc;
}

MINOS_END_DECLS

#endif
