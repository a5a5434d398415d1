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
    const char *key;   /* dotted: "interfaces.http.connector.port" */
    const char *value; /* as one would write it in the environment; a list is parted by commas */
} minos_override;

/**
 * Read and check a configuration file. Every fault is in the message of the error, one a line:
 * "config.yml:3: interfaces.http.connector.port: 70000 is out of range: 0 to 65535".
 * @param path        file, borrowed for the call; NULL: defaults, environment and parameters only
 * @param overrides   borrowed for the call, ended by a row without key; NULL: none
 * @param ret_config  the caller's, to be freed
 * @retval MINOS_OK       the configuration can be used
 * @retval MINOS_ECONFIG  it has faults: unknown keys, wrong types, values out of range, what is not
 *                        in this build
 * @retval MINOS_EIO      the file cannot be read
 * @noyield @thread{any} @std{YAML 1.2.2, core schema}
 */
MINOS_API MINOS_MUST_CHECK minos_rc minos_config_new(const char *path,
                                                     const minos_override *overrides,
                                                     minos_config **ret_config);
/**
 * Read and check a configuration from text. The environment counts as with a file.
 * @param text        YAML, at most 1 MiB, borrowed for the call
 * @param name        stands for the file in messages, borrowed for the call; NULL: "config"
 * @param overrides   as with minos_config_new
 * @param ret_config  the caller's, to be freed
 * @retval MINOS_OK       the configuration can be used
 * @retval MINOS_ECONFIG  it has faults
 * @noyield @thread{any} @std{YAML 1.2.2, core schema}
 */
MINOS_API MINOS_MUST_CHECK minos_rc minos_config_parse(minos_view text, const char *name,
                                                       const minos_override *overrides,
                                                       minos_config **ret_config);
/**
 * Free a configuration, and with it all that was read from it; NULL does nothing.
 * @noyield @thread{any, when nobody reads it any more}
 */
MINOS_API void minos_config_free(minos_config *config);

/*
 * Typed reads. `key` is dotted: a key of minos.yml(5), whose default counts when it is not set,
 * or one below `settings`. A configuration does not change once it is made: any thread may read
 * it.
 */

/**
 * Read a text or the name of a component; names of the original come out as ours.
 * @param key       dotted, as "interfaces.http.connector.host"
 * @param ret_text  UTF-8, without NUL inside
 * @retval MINOS_OK       the text was read
 * @retval MINOS_ECONFIG  there is no such key, it is not set and has no default, or is no text
 * @noyield @thread{any} @lifetime{the configuration's}
 */
MINOS_API MINOS_MUST_CHECK minos_rc minos_config_text(const minos_config *config, const char *key,
                                                      const char **ret_text);
/**
 * Read an integer, or a size in bytes.
 * @param key          dotted, as "interfaces.http.connector.port"
 * @param ret_integer  within the bounds of minos.yml(5)
 * @retval MINOS_OK       the integer was read
 * @retval MINOS_ECONFIG  there is no such key, it is not set and has no default, or is no integer
 * @noyield @thread{any}
 */
MINOS_API MINOS_MUST_CHECK minos_rc minos_config_int(const minos_config *config, const char *key,
                                                     int64_t *ret_integer);
/**
 * Read a boolean.
 * @param key          dotted, as "settings.orders.open"
 * @param ret_boolean  true or false; yes and no are text in YAML 1.2
 * @retval MINOS_OK       the boolean was read
 * @retval MINOS_ECONFIG  there is no such key, it is not set and has no default, or is no boolean
 * @noyield @thread{any}
 */
MINOS_API MINOS_MUST_CHECK minos_rc minos_config_bool(const minos_config *config, const char *key,
                                                      bool *ret_boolean);
/**
 * Read a length of time: "30 s", "250 ms", "5 min", or a number of seconds.
 * @param key           dotted, as "interfaces.http.connector.keep_alive"
 * @param ret_duration  0 or more, in whole microseconds
 * @retval MINOS_OK       the length was read
 * @retval MINOS_ECONFIG  there is no such key, it is not set and has no default, or is no length of
 *                        time
 * @noyield @thread{any}
 */
MINOS_API MINOS_MUST_CHECK minos_rc minos_config_duration(const minos_config *config,
                                                          const char *key,
                                                          minos_duration *ret_duration);
/**
 * Give what stands at a key as a value: lists of names, maps, anything below `settings`. Defaults
 * are in it; lengths of time are time spans, sizes are integers.
 * @param key  dotted; "" gives the whole configuration
 * @return NULL when the key is not set and has no default, or does not exist
 * @noyield @thread{any} @lifetime{the configuration's}
 */
MINOS_API const minos_value *minos_config_value(const minos_config *config, const char *key);
/**
 * Tell whether file, environment or parameters set a key, or one below it.
 * @param key  dotted
 * @return false also for a key that does not exist
 * @noyield @thread{any}
 */
MINOS_API bool minos_config_is_set(const minos_config *config, const char *key);
/**
 * Give the name of the service, the key `name`.
 * @return never NULL, 1..255 bytes
 * @noyield @thread{any} @lifetime{the configuration's}
 */
MINOS_API const char *minos_config_name(const minos_config *config);
/**
 * Give the file that the configuration came from.
 * @return as passed to minos_config_new; NULL when there was none
 * @noyield @thread{any} @lifetime{the configuration's}
 */
MINOS_API const char *minos_config_path(const minos_config *config);

/**
 * Let a configuration pick from the services, middleware, ports and codecs of a plugin or program.
 * @param plugin  borrowed, and must outlive the configuration
 * @retval MINOS_OK      it is the last of those registered
 * @retval MINOS_EINVAL  plugin is NULL, or compiled against another interface of minos
 * @noyield @thread{one, before others read the configuration}
 */
MINOS_API MINOS_MUST_CHECK minos_rc minos_config_register(minos_config *config,
                                                          const minos_plugin *plugin);
/**
 * Give a plugin that was registered, by position.
 * @param index  from 0, in the order of registration
 * @return NULL behind the last
 * @noyield @thread{any} @lifetime{as long as the plugin is loaded}
 */
MINOS_API const minos_plugin *minos_config_registered(const minos_config *config, size_t index);

MINOS_AUTO_DEFINE(minos_config)

MINOS_END_DECLS

#endif
