/*
 * The Date field (RFC 9110 §6.6.1), made once a second.
 */
#ifndef MN_HTTP_DATE_H
#define MN_HTTP_DATE_H

#include <stdint.h>

#include <minos/time.h>
#include <minos/view.h>

#define MN_HTTP_DATE_BYTES 37 /* "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n" */

typedef struct mn_http_date {
    int64_t second; /* since 1970; that of the text */
    char text[MN_HTTP_DATE_BYTES + 1];
} mn_http_date;

/* Give the whole field line of a moment, valid until the next call. */
minos_view mn_http_date_line(mn_http_date *date, minos_timestamp at);

#endif
