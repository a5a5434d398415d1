/*
 * Broker messages, version 1 of the original (BrokerMessageV1). Immutable and shared by count, on
 * one thread. What they give is borrowed until the last reference goes.
 */
#ifndef MINOS_MESSAGE_H
#define MINOS_MESSAGE_H

#include <stdbool.h>

#include <minos/compiler.h>
#include <minos/error.h>
#include <minos/uuid.h>
#include <minos/value.h>
#include <minos/view.h>

MINOS_BEGIN_DECLS

#define MINOS_MESSAGE_VERSION 1

/** The status of a message's payload; any other number reads as UNKNOWN. */
typedef enum minos_status {
    MINOS_STATUS_SUCCESS = 200,
    MINOS_STATUS_ERROR = 400,
    MINOS_STATUS_SYSTEM_ERROR = 500,
    MINOS_STATUS_UNKNOWN = 600
} minos_status;

/** Who gets a message: one subscribed group, or each. */
typedef enum minos_strategy { MINOS_UNICAST, MINOS_MULTICAST } minos_strategy;

typedef struct minos_message minos_message;

/** What a message is made of; all is copied. */
typedef struct minos_message_options {
    const char *topic;            /* 1..255 bytes of UTF-8, required */
    const minos_uuid *identifier; /* NULL: a random one */
    const char *reply_topic;      /* NULL: no reply wanted */
    minos_strategy strategy;
    const minos_value *content; /* NULL: null */
    int status;                 /* 0: 200 */
    const minos_value *headers; /* a map of at most 100 strings; NULL: none */
} minos_message_options;

/**
 * Make a message with one reference.
 * @param options      borrowed for the call; topics without control characters, header names up to
 *                     255 bytes and once each, values up to 8,192
 * @param ret_message  the caller owns one reference
 * @retval MINOS_EINVAL  topic, reply topic, strategy or headers are not valid; the message says
 *                       what
 * @retval MINOS_ETOOBIG content and headers take more than 16 MiB
 * @noyield @thread{any; the message stays with it}
 */
MINOS_API MINOS_MUST_CHECK minos_rc minos_message_new(const minos_message_options *options,
                                                      minos_message **ret_message);
/**
 * Take one more reference.
 * @param message  not NULL
 * @return the same message
 * @noyield @thread{that of the message}
 */
MINOS_API minos_message *minos_message_ref(minos_message *message);
/**
 * Drop a reference; the last one frees.
 * @param message  NULL is fine
 * @noyield @thread{that of the message}
 */
MINOS_API void minos_message_unref(minos_message *message);

/** Give the topic. @noyield @lifetime{that of the message} */
MINOS_API const char *minos_message_topic(const minos_message *message);
/** Give the identifier; a reply carries that of its request. @noyield */
MINOS_API minos_uuid minos_message_identifier(const minos_message *message);
/**
 * Give the topic that a reply goes to, NULL when none is wanted. @noyield @lifetime{that of the
 * message}
 */
MINOS_API const char *minos_message_reply_topic(const minos_message *message);
/** Tell whether a reply is wanted. @noyield */
MINOS_API bool minos_message_should_reply(const minos_message *message);
/** Give the strategy. @noyield */
MINOS_API minos_strategy minos_message_strategy(const minos_message *message);
/** Give the status; the exact one of a reply is its header `minos-status`. @noyield */
MINOS_API minos_status minos_message_status(const minos_message *message);
/** Tell whether the status is 200. @noyield */
MINOS_API bool minos_message_ok(const minos_message *message);
/** Give the content, never NULL. @noyield @lifetime{that of the message} */
MINOS_API const minos_value *minos_message_content(const minos_message *message);
/** Give the headers as a map of strings, never NULL. @noyield @lifetime{that of the message} */
MINOS_API const minos_value *minos_message_headers(const minos_message *message);
/**
 * Give a header.
 * @param name  case of ASCII letters disregarded
 * @return its text, NULL when absent
 * @noyield @lifetime{that of the message}
 */
MINOS_API const char *minos_message_header(const minos_message *message, const char *name);
/**
 * Give the content as JSON text, made at the first call.
 * @return never NULL; a remark in brackets when the content cannot be shown
 * @noyield @lifetime{that of the message} @std{RFC 8259}
 */
MINOS_API const char *minos_message_text(const minos_message *message);

/** Turn a number into a status; unknown ones give MINOS_STATUS_UNKNOWN. @noyield @thread{any} */
MINOS_API minos_status minos_status_of(int number);
/** Name a strategy: "unicast", "multicast". @noyield @thread{any} */
MINOS_API const char *minos_strategy_name(minos_strategy strategy);
/**
 * Order two messages by their contents.
 * @return <0, 0 or >0; contents that cannot be compared give 0: neither is less than the other
 * @noyield
 */
MINOS_API int minos_message_compare(const minos_message *a, const minos_message *b);
/** Tell whether two messages are equal in every field. @noyield */
MINOS_API bool minos_message_equal(const minos_message *a, const minos_message *b);

MINOS_UNUSED static inline void minos_message_auto_free(minos_message **ref)
{
    minos_message_unref(*ref);
}

MINOS_END_DECLS

#endif
