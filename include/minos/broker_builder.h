/*
 * Builders: publishers, subscribers, queues and validators put together from a config, parts of
 * one's own and options. What is set last counts; faults are told by build. A builder may build
 * several times; what it was given it uses, or frees, once. All is copied unless said otherwise.
 */
#ifndef MINOS_BROKER_BUILDER_H
#define MINOS_BROKER_BUILDER_H

#include <stdbool.h>

#include <minos/broker.h>
#include <minos/broker_queue.h>
#include <minos/broker_validator.h>
#include <minos/compiler.h>
#include <minos/config.h>
#include <minos/error.h>
#include <minos/route.h>

MINOS_BEGIN_DECLS

/* ---- publisher ---- */

/** Builds a publisher: the broker's, behind a queue when one is set. */
typedef struct minos_publisher_builder minos_publisher_builder;

/**
 * Make a builder; without more it builds a publisher of this thread's in-process broker.
 * @return free it with minos_publisher_builder_free
 * @noyield
 */
MINOS_API minos_publisher_builder *minos_publisher_builder_new(void);
/**
 * Take broker and queue from a config (`interfaces.broker`).
 * @param config  borrowed until build; NULL: the defaults
 * @noyield
 */
MINOS_API void minos_publisher_builder_with_config(minos_publisher_builder *builder,
                                                   const minos_config *config);
/**
 * Put this queue before the broker, whatever the config says.
 * @param queue  taken; the first build uses it. NULL: none
 * @noyield
 */
MINOS_API void minos_publisher_builder_with_queue(minos_publisher_builder *builder,
                                                  minos_queue *queue);
/**
 * Set an option of the broker; wins over the config.
 * @param name   "client", the broker's name; "records", the size of the config's queue; or what
 *               the broker knows besides. Of one name the last counts
 * @param value  as one would write it in the config
 * @noyield
 */
MINOS_API void minos_publisher_builder_with_option(minos_publisher_builder *builder,
                                                   const char *name, const char *value);
/**
 * Build a publisher.
 * @param ret_publisher  free it with minos_publisher_free
 * @retval MINOS_ECONFIG  the config or an option names what is not in this build
 * @retval MINOS_EINVAL   an option is not known, or its value not valid
 * @retval MINOS_ESTATE   the queue it was given was used by an earlier build, or it is to have a
 *                        queue and this is no fiber
 * @yields @thread{a loop's fiber}
 */
MINOS_API MINOS_MUST_CHECK minos_rc minos_publisher_builder_build(minos_publisher_builder *builder,
                                                                  minos_publisher **ret_publisher);
/** Free a builder and what it did not use; NULL is fine. @noyield */
MINOS_API void minos_publisher_builder_free(minos_publisher_builder *builder);

/* ---- subscriber ---- */

/** Builds a subscriber: the broker's, then a validator, then a queue, when they are set. */
typedef struct minos_subscriber_builder minos_subscriber_builder;

/**
 * Make a builder; without more it builds a subscriber of this thread's in-process broker, in a
 * group of its own.
 * @return free it with minos_subscriber_builder_free
 * @noyield
 */
MINOS_API minos_subscriber_builder *minos_subscriber_builder_new(void);
/**
 * Take broker, validator and queue from a config (`interfaces.broker`); not the group.
 * @param config  borrowed until build; NULL: the defaults
 * @noyield
 */
MINOS_API void minos_subscriber_builder_with_config(minos_subscriber_builder *builder,
                                                    const minos_config *config);
/**
 * Subscribe to these topics.
 * @param topics  NULL-terminated, 1..10,000 of them
 * @param kinds   one a topic, as in minos_subscriber_options; NULL: not told
 * @noyield
 */
MINOS_API void minos_subscriber_builder_with_topics(minos_subscriber_builder *builder,
                                                    const char *const *topics,
                                                    const minos_kind *kinds);
/** Subscribe in a group. @param group_id  NULL: a group of its own, gone with it @noyield */
MINOS_API void minos_subscriber_builder_with_group_id(minos_subscriber_builder *builder,
                                                      const char *group_id);
/**
 * Drop what the group did not read when its last member goes.
 * @param remove  false, the default: it stays
 * @noyield
 */
MINOS_API void
minos_subscriber_builder_with_remove_topics_on_destroy(minos_subscriber_builder *builder,
                                                       bool remove);
/**
 * Put this validator behind the broker, whatever the config says.
 * @param validator  taken; the first build uses it. NULL: none
 * @noyield
 */
MINOS_API void minos_subscriber_builder_with_validator(minos_subscriber_builder *builder,
                                                       minos_validator *validator);
/**
 * Put this queue behind the broker and the validator, whatever the config says.
 * @param queue  taken; the first build uses it. NULL: none
 * @noyield
 */
MINOS_API void minos_subscriber_builder_with_queue(minos_subscriber_builder *builder,
                                                   minos_queue *queue);
/**
 * Set an option of the broker, as minos_publisher_builder_with_option.
 * @noyield
 */
MINOS_API void minos_subscriber_builder_with_option(minos_subscriber_builder *builder,
                                                    const char *name, const char *value);
/**
 * Build a subscriber.
 * @param ret_subscriber  free it with minos_subscriber_free
 * @retval MINOS_ECONFIG  the config or an option names what is not in this build
 * @retval MINOS_EINVAL   topics, group or an option are not valid, or the queue is for other topics
 * @retval MINOS_EEXISTS  a command or query topic belongs to another group
 * @retval MINOS_ESTATE   a part it was given was used by an earlier build, or it is to have a queue
 *                        and this is no fiber
 * @yields @thread{a loop's fiber}
 */
MINOS_API MINOS_MUST_CHECK minos_rc minos_subscriber_builder_build(
    minos_subscriber_builder *builder, minos_subscriber **ret_subscriber);
/** Free a builder and what it did not use; NULL is fine. @noyield */
MINOS_API void minos_subscriber_builder_free(minos_subscriber_builder *builder);

/* ---- queue and validator ---- */

/** Builds a queue of a kind that a config can name. */
typedef struct minos_queue_builder minos_queue_builder;

/** Make a builder; without more it builds a queue in memory. @noyield */
MINOS_API minos_queue_builder *minos_queue_builder_new(void);
/** Build a queue of this kind. @param kind  "memory" @noyield */
MINOS_API void minos_queue_builder_with_kind(minos_queue_builder *builder, const char *kind);
/**
 * Take the size from a config (`interfaces.broker.common.queue`).
 * @param config  borrowed until build; NULL: the defaults
 * @noyield
 */
MINOS_API void minos_queue_builder_with_config(minos_queue_builder *builder,
                                               const minos_config *config);
/** Say what it is for. @param topics  NULL-terminated; NULL: any @noyield */
MINOS_API void minos_queue_builder_with_topics(minos_queue_builder *builder,
                                               const char *const *topics);
/** Set an option; wins over the config. @param name  "records" @param value  1..1000000 @noyield */
MINOS_API void minos_queue_builder_with_option(minos_queue_builder *builder, const char *name,
                                               const char *value);
/**
 * Build a queue.
 * @param ret_queue  free it with minos_queue_free, or give it to who takes it
 * @retval MINOS_ECONFIG  the kind is not in this build
 * @retval MINOS_EINVAL   topics or an option are not valid
 * @yields when the kind does
 */
MINOS_API MINOS_MUST_CHECK minos_rc minos_queue_builder_build(minos_queue_builder *builder,
                                                              minos_queue **ret_queue);
/** Free a builder; NULL is fine. @noyield */
MINOS_API void minos_queue_builder_free(minos_queue_builder *builder);

/** Builds a validator of a kind that a config can name. */
typedef struct minos_validator_builder minos_validator_builder;

/** Make a builder; without more it builds a duplicate validator in memory. @noyield */
MINOS_API minos_validator_builder *minos_validator_builder_new(void);
/** Build a validator of this kind. @param kind  "memory" @noyield */
MINOS_API void minos_validator_builder_with_kind(minos_validator_builder *builder,
                                                 const char *kind);
/**
 * Take what the kind wants from a config; "memory" wants nothing.
 * @param config  borrowed until build; NULL: the defaults
 * @noyield
 */
MINOS_API void minos_validator_builder_with_config(minos_validator_builder *builder,
                                                   const minos_config *config);
/**
 * Set an option.
 * @param name   "marks_max", a number, or "window", a length of time as "24 h"
 * @param value  as one would write it in the config
 * @noyield
 */
MINOS_API void minos_validator_builder_with_option(minos_validator_builder *builder,
                                                   const char *name, const char *value);
/**
 * Build a validator.
 * @param ret_validator  free it with minos_validator_free, or give it to who takes it
 * @retval MINOS_ECONFIG  the kind is not in this build
 * @retval MINOS_EINVAL   an option is not known or not valid
 * @yields when the kind does
 */
MINOS_API MINOS_MUST_CHECK minos_rc minos_validator_builder_build(minos_validator_builder *builder,
                                                                  minos_validator **ret_validator);
/** Free a builder; NULL is fine. @noyield */
MINOS_API void minos_validator_builder_free(minos_validator_builder *builder);

MINOS_AUTO_DEFINE(minos_publisher_builder)
MINOS_AUTO_DEFINE(minos_subscriber_builder)
MINOS_AUTO_DEFINE(minos_queue_builder)
MINOS_AUTO_DEFINE(minos_validator_builder)

MINOS_END_DECLS

#endif
