/*
 * Broker messages as bytes: an Avro object container file of one record, as the original writes it
 * (docs/internals/avro.md). What is read is resolved by the names of fields, in any order; unknown
 * ones are dropped, and but for topic and payload each may be absent or null.
 */
#ifndef MN_BROKER_WIRE_H
#define MN_BROKER_WIRE_H

#include <minos/message.h>
#include <minos/view.h>

#include "base/buffer.h"

/* The record's name, random segment dropped: what tells a message from other content. */
#define MN_WIRE_RECORD "minos.networks.brokers.messages.models.abc.BrokerMessage"

/*
 * Append a message's bytes; the same message gives the same bytes. EINVAL: a text is not UTF-8, a
 * time not of a day. ETOOBIG. After a failure `out` is as it was.
 */
minos_rc mn_wire_encode(const minos_message *message, minos_buffer *out);
/*
 * Read a message, one reference. EPARSE saying what is wrong and where, ETOOBIG past a limit: it
 * can never be read.
 */
minos_rc mn_wire_decode(minos_view bytes, minos_message **ret_message);
/*
 * Make a message of a record's fields, or of a map like it, which is copied. EPARSE naming the
 * field, ETOOBIG.
 */
minos_rc mn_wire_message_of(const minos_value *record, minos_message **ret_message);

#endif
