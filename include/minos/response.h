/*
 * Responses. One exists before the handler runs, is empty until minos_reply*, and is discarded when
 * the handler fails. A second reply replaces the first.
 */
#ifndef MINOS_RESPONSE_H
#define MINOS_RESPONSE_H

#include <minos/compiler.h>
#include <minos/error.h>
#include <minos/route.h>
#include <minos/value.h>

MINOS_BEGIN_DECLS

/** Answer with content (NULL: none) and status 200. The value is copied into the request's arena. @noyield */
MINOS_API MINOS_MUST_CHECK minos_rc minos_reply(minos_response *res, const minos_value *content);
/** Answer with content (NULL: none) and a status, 100..599. @noyield */
MINOS_API MINOS_MUST_CHECK minos_rc minos_reply_status(minos_response *res, int status,
                                                       const minos_value *content);
/**
 * Answer with content that HTTP encodes as `content_type`; other doors carry the value.
 * @retval MINOS_ENOTSUP  no codec for it and the content is not bytes
 */
MINOS_API MINOS_MUST_CHECK minos_rc minos_reply_as(minos_response *res, const char *content_type,
                                                   const minos_value *content);
/** Set a header of the answer; an earlier one of that name is replaced. Copied. @noyield */
MINOS_API MINOS_MUST_CHECK minos_rc minos_response_header_set(minos_response *res, const char *name,
                                                              const char *value);

MINOS_API int minos_response_status(const minos_response *res);
/** Tell whether there is content; null is content, absence is not. */
MINOS_API bool minos_response_has_content(const minos_response *res);
/** Give the content; a null value when absent. */
MINOS_API const minos_value *minos_response_content(const minos_response *res);
/** Give the content type asked for, "application/json" by default. */
MINOS_API const char *minos_response_content_type(const minos_response *res);
/** Give the headers set on the response as a map of strings. */
MINOS_API const minos_value *minos_response_headers(const minos_response *res);
/** Tell whether two responses are equal by content type, content and status. */
MINOS_API bool minos_response_equal(const minos_response *a, const minos_response *b);

/** Make a response by hand, for direct calls; handlers get theirs. */
MINOS_API MINOS_MUST_CHECK minos_rc minos_response_new(minos_response **ret_res);
MINOS_API void minos_response_free(minos_response *res);

MINOS_AUTO_DEFINE(minos_response)

MINOS_END_DECLS

#endif
