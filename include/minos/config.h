/*
 * Configuration: YAML in the original's v2 layout, overridden by MINOS_… environment variables and,
 * before those, by explicit parameters. Every key is a row of one table; see minos.yml(5).
 */
#ifndef MINOS_CONFIG_H
#define MINOS_CONFIG_H

#include <stdbool.h>
#include <stdint.h>

#include <minos/compiler.h>
#include <minos/error.h>
#include <minos/service.h>
#include <minos/value.h>

MINOS_BEGIN_DECLS

typedef struct minos_plugin minos_plugin;

/** An explicit parameter: wins over environment and file. */
typedef struct minos_override {
    const char *key; /* dotted: "interfaces.http.connector.port" */
    const char *value;
} minos_override;

/**
 * Read and check a file; every fault is in the message, each with file:line.
 * @param path       NULL: defaults, environment and parameters only
 * @param overrides  ended by a row without key; NULL: none
 * @retval MINOS_ECONFIG  unknown keys, wrong types, out of range, what is not in this build
 * @retval MINOS_EIO      the file cannot be read
 * @noyield
 */
MINOS_API MINOS_MUST_CHECK minos_rc minos_config_new(const char *path,
                                                     const minos_override *overrides,
                                                     minos_config **ret_config);
/** The same from text, for tests; `name` stands for the file in messages. */
MINOS_API MINOS_MUST_CHECK minos_rc minos_config_parse(minos_view text, const char *name,
                                                       const minos_override *overrides,
                                                       minos_config **ret_config);
MINOS_API void minos_config_free(minos_config *config);

/*
 * Typed reads. A key of the table is always present (its default counts).
 * @retval MINOS_ECONFIG  no such key; the message names it
 */
MINOS_API MINOS_MUST_CHECK minos_rc minos_config_text(const minos_config *config, const char *key,
                                                      const char **ret_text);
MINOS_API MINOS_MUST_CHECK minos_rc minos_config_int(const minos_config *config, const char *key,
                                                     int64_t *ret_integer);
MINOS_API MINOS_MUST_CHECK minos_rc minos_config_bool(const minos_config *config, const char *key,
                                                      bool *ret_boolean);
/** Read a length of time: "30 s", "250 ms", "5 min", or a number of seconds. */
MINOS_API MINOS_MUST_CHECK minos_rc minos_config_duration(const minos_config *config,
                                                          const char *key,
                                                          minos_duration *ret_duration);
/** Give any subtree as a value: lists, maps, and free keys of services; NULL when not set. */
MINOS_API const minos_value *minos_config_value(const minos_config *config, const char *key);
/** Tell whether file, environment or parameters set a key. */
MINOS_API bool minos_config_is_set(const minos_config *config, const char *key);
MINOS_API const char *minos_config_name(const minos_config *config);
MINOS_API const char *minos_config_path(const minos_config *config);

/**
 * Let a config pick from the services and middleware of a plugin or program. Borrowed.
 */
MINOS_API MINOS_MUST_CHECK minos_rc minos_config_register(minos_config *config,
                                                          const minos_plugin *plugin);
/** Give what was registered, by position; NULL at the end. */
MINOS_API const minos_plugin *minos_config_registered(const minos_config *config, size_t index);

MINOS_AUTO_DEFINE(minos_config)

MINOS_END_DECLS

#endif
