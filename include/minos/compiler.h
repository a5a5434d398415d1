/*
 * Compiler attributes, each behind one name so that only this file knows GCC and Clang.
 */
#ifndef MINOS_COMPILER_H
#define MINOS_COMPILER_H

#ifdef __cplusplus
#define MINOS_BEGIN_DECLS extern "C" {
#define MINOS_END_DECLS   }
#else
#define MINOS_BEGIN_DECLS
#define MINOS_END_DECLS
#endif

#if defined(__GNUC__) || defined(__clang__)
/* A symbol of the shared library. */
#define MINOS_API __attribute__((visibility("default")))
/* The caller must look at the result; deliberate disregard is minos_ignore(rc). */
#define MINOS_MUST_CHECK __attribute__((warn_unused_result))
/* printf-like: argument numbers of the format and of its first value. */
#define MINOS_PRINTF(string, first) __attribute__((format(printf, string, first)))
#define MINOS_MALLOC                __attribute__((malloc))
#define MINOS_COLD                  __attribute__((cold))
#define MINOS_UNUSED                __attribute__((unused))
#define MINOS_CLEANUP(fn)           __attribute__((cleanup(fn)))
#define MINOS_LIKELY(x)             __builtin_expect(!!(x), 1)
#define MINOS_UNLIKELY(x)           __builtin_expect(!!(x), 0)
#define MINOS_UNREACHABLE()         __builtin_unreachable()
#else
#define MINOS_API
#define MINOS_MUST_CHECK
#define MINOS_PRINTF(string, first)
#define MINOS_MALLOC
#define MINOS_COLD
#define MINOS_UNUSED
#define MINOS_CLEANUP(fn)
#define MINOS_LIKELY(x)     (x)
#define MINOS_UNLIKELY(x)   (x)
#define MINOS_UNREACHABLE() ((void)0)
#endif

/*
 * Declare a pointer that is freed when its block ends:
 *     MINOS_AUTO(minos_broker_client) *client = NULL;
 * Every type with a `<type>_free` has the helper this needs (MINOS_AUTO_DEFINE in its header).
 */
#define MINOS_AUTO(type) MINOS_CLEANUP(type##_auto_free) type
#define MINOS_AUTO_DEFINE(type)                                                                    \
    MINOS_UNUSED static inline void type##_auto_free(type **ref)                                   \
    {                                                                                              \
        type##_free(*ref);                                                                         \
    }

#endif
