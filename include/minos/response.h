/*
 * Responses. One exists before the handler runs, is empty until minos_reply*, and is discarded when
 * the handler fails. A second reply replaces the first; headers are kept.
 */
#ifndef MINOS_RESPONSE_H
#define MINOS_RESPONSE_H

#include <minos/compiler.h>
#include <minos/error.h>
#include <minos/route.h>
#include <minos/value.h>

MINOS_BEGIN_DECLS

/**
 * Answer with content and status 200.
 * @param content  copied into the request's arena; NULL: no content, which is not null
 * @retval MINOS_OK       it is the reply now
 * @retval MINOS_ENOMEM   the copy passes the limit of the request's arena
 * @retval MINOS_EINVAL   no response
 * @noyield @thread{the request's loop}
 */
MINOS_API MINOS_MUST_CHECK minos_rc minos_reply(minos_response *res, const minos_value *content);
/**
 * Answer with a status. On the broker's wire it is 200, 400 or 500, the exact one is a header.
 * @param status   100..599
 * @param content  copied into the request's arena; NULL: none
 * @retval MINOS_OK       it is the reply now
 * @retval MINOS_EINVAL   the status is out of range, or no response
 * @retval MINOS_ENOMEM   the copy passes the limit of the request's arena
 * @noyield @thread{the request's loop}
 */
MINOS_API MINOS_MUST_CHECK minos_rc minos_reply_status(minos_response *res, int status,
                                                       const minos_value *content);
/**
 * Answer with content that HTTP encodes as `content_type`; other doors carry the value.
 * @param content_type  media type with its parameters, copied
 * @param content       copied into the request's arena; NULL: none. Bytes go out as they are when
 *                      there is no codec for the type
 * @retval MINOS_OK       it is the reply now
 * @retval MINOS_ENOTSUP  no codec for the type, and the content is not bytes
 * @retval MINOS_EINVAL   no type, one that is no header's value, or no response
 * @retval MINOS_ENOMEM   the copy passes the limit of the request's arena
 * @noyield @thread{the request's loop}
 */
MINOS_API MINOS_MUST_CHECK minos_rc minos_reply_as(minos_response *res, const char *content_type,
                                                   const minos_value *content);
/**
 * Set a header of the answer; an earlier one of that name is replaced.
 * @param name   a token of at most 128 bytes; copied in lower case
 * @param value  without control characters but tab; copied
 * @retval MINOS_OK      it is set
 * @retval MINOS_EINVAL  name or value is not one of a header; the message says which byte
 * @retval MINOS_ENOMEM  the value passes the limit of the request's arena
 * @noyield @thread{the request's loop} @std{RFC 9110 §5.1, §5.5}
 */
MINOS_API MINOS_MUST_CHECK minos_rc minos_response_header_set(minos_response *res, const char *name,
                                                              const char *value);

/** Give the status, 200 until one is set. @noyield @thread{the request's loop} */
MINOS_API int minos_response_status(const minos_response *res);
/**
 * Tell whether there is content; null is content, absence is not.
 * @noyield @thread{the request's loop}
 */
MINOS_API bool minos_response_has_content(const minos_response *res);
/**
 * Give the content; a null value when absent.
 * @noyield @thread{the request's loop} @lifetime{until the next reply, or the handler returns}
 */
MINOS_API const minos_value *minos_response_content(const minos_response *res);
/**
 * Give the content type asked for, "application/json" by default.
 * @noyield @thread{the request's loop} @lifetime{until the handler returns}
 */
MINOS_API const char *minos_response_content_type(const minos_response *res);
/**
 * Give the headers set on the response, names in lower case, in the order they were set.
 * @return a map of strings, made by this call
 * @noyield @thread{the request's loop} @lifetime{until the handler returns}
 */
MINOS_API const minos_value *minos_response_headers(const minos_response *res);
/**
 * Tell whether two responses are equal by content type, content and status.
 * @noyield @thread{the responses' loop}
 */
MINOS_API bool minos_response_equal(const minos_response *a, const minos_response *b);

/**
 * Make a response by hand, for direct calls; handlers get theirs.
 * @param ret_res  to be freed with minos_response_free; has an arena of its own
 * @retval MINOS_OK  always
 * @noyield @thread{any; the response then belongs to one loop}
 */
MINOS_API MINOS_MUST_CHECK minos_rc minos_response_new(minos_response **ret_res);
/**
 * Free a response made by minos_response_new.
 * @param res  taken; NULL is fine, one that a handler was given is not
 * @noyield @thread{the response's loop}
 */
MINOS_API void minos_response_free(minos_response *res);

MINOS_AUTO_DEFINE(minos_response)

MINOS_END_DECLS

#endif
