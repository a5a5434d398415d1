/*
 * Broker messages, version 1 of the original (BrokerMessageV1). Immutable and shared by count.
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
    const minos_value *headers; /* a map of strings; NULL: none */
} minos_message_options;

/** Make a message with one reference. @retval MINOS_EINVAL  topic or headers not valid @noyield */
MINOS_API MINOS_MUST_CHECK minos_rc minos_message_new(const minos_message_options *options,
                                                      minos_message **ret_message);
MINOS_API minos_message *minos_message_ref(minos_message *message);
/** Drop a reference; the last one frees. NULL is fine. */
MINOS_API void minos_message_unref(minos_message *message);

/* What these give is borrowed until the message is freed. */
MINOS_API const char *minos_message_topic(const minos_message *message);
MINOS_API minos_uuid minos_message_identifier(const minos_message *message);
MINOS_API const char *minos_message_reply_topic(const minos_message *message);
MINOS_API bool minos_message_should_reply(const minos_message *message);
MINOS_API minos_strategy minos_message_strategy(const minos_message *message);
MINOS_API minos_status minos_message_status(const minos_message *message);
/** Tell whether the status is 200. */
MINOS_API bool minos_message_ok(const minos_message *message);
MINOS_API const minos_value *minos_message_content(const minos_message *message);
MINOS_API const minos_value *minos_message_headers(const minos_message *message);
/** Give a header, NULL when absent. */
MINOS_API const char *minos_message_header(const minos_message *message, const char *name);
/** Give the content as JSON text, made at the first call. */
MINOS_API const char *minos_message_text(const minos_message *message);

/** Turn a number into a status; unknown ones give MINOS_STATUS_UNKNOWN. */
MINOS_API minos_status minos_status_of(int number);
/** Name a strategy: "unicast", "multicast". */
MINOS_API const char *minos_strategy_name(minos_strategy strategy);
/**
 * Order two messages by their contents: <0, 0, >0; contents that cannot be compared are equal, i.e.
 * neither is less than the other.
 */
MINOS_API int minos_message_compare(const minos_message *a, const minos_message *b);
/** Tell whether two messages are equal in every field. */
MINOS_API bool minos_message_equal(const minos_message *a, const minos_message *b);

MINOS_UNUSED static inline void minos_message_auto_free(minos_message **ref)
{
    minos_message_unref(*ref);
}

MINOS_END_DECLS

#endif
