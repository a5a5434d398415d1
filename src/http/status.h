/*
 * Statuses (RFC 9110 §15): their phrases and ready-made status lines.
 */
#ifndef MN_HTTP_STATUS_H
#define MN_HTTP_STATUS_H

#include <minos/view.h>

#include "base/buffer.h"

/* Give the phrase of a status, "" for one of no standard. */
const char *mn_http_status_phrase(int status);
/* Append "HTTP/1.1 200 OK\r\n". */
void mn_http_status_put(minos_buffer *out, int status);

#endif
