/*
 * Assertions on codes and messages: see support.h.
 */
#include "support/support.h"

#include <string.h>

void mn_assert_rc(minos_rc got, minos_rc expected, const char *call, const char *file, int line)
{
    char chain[2048];
    if (got == expected)
        return;
    minos_error_describe(minos_error_last(), chain, sizeof chain);
    print_error("%s\n  gave %s instead of %s: %s\n", call, minos_rc_name(got),
                minos_rc_name(expected), got == MINOS_OK ? "" : chain);
    _fail(file, line);
}

void mn_assert_message(const char *part, const char *file, int line)
{
    const char *message = minos_error_message(minos_error_last());
    if (strstr(message, part) != NULL)
        return;
    print_error("the message is \"%s\"\n  and lacks \"%s\"\n", message, part);
    _fail(file, line);
}
