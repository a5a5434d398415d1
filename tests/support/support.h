/*
 * What every test includes: cmocka in the order it wants, and our assertions on codes and messages.
 */
#ifndef MN_TESTS_SUPPORT_H
#define MN_TESTS_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <minos/error.h>
#include <minos/fiber.h>

/* Expect success; else fail with the error's chain. */
#define assert_ok(call) mn_assert_rc((call), MINOS_OK, #call, __FILE__, __LINE__)
/* Expect one code. */
#define assert_rc(call, rc) mn_assert_rc((call), (rc), #call, __FILE__, __LINE__)
/* Expect one code and a part of the newest message. */
#define assert_fails(call, rc, part)                                                               \
    do {                                                                                           \
        mn_assert_rc((call), (rc), #call, __FILE__, __LINE__);                                     \
        mn_assert_message((part), __FILE__, __LINE__);                                             \
    } while (0)

void mn_assert_rc(minos_rc got, minos_rc expected, const char *call, const char *file, int line);
void mn_assert_message(const char *part, const char *file, int line);

/* Run a test's body on a fiber of a fresh loop and expect success. Real environment. */
void mn_on_fiber(minos_fiber_fn *fn, void *argument);

#endif
