/*
 * Plugins: what a shared object, or a program, adds to a service. One descriptor lists its tables.
 * A module loaded by `minos run` exports it as `const minos_plugin minos_plugin_descriptor`.
 */
#ifndef MINOS_PLUGIN_H
#define MINOS_PLUGIN_H

#include <stddef.h>
#include <stdint.h>

#include <minos/codec.h>
#include <minos/compiler.h>
#include <minos/config.h>
#include <minos/enroute.h>
#include <minos/error.h>
#include <minos/service.h>

MINOS_BEGIN_DECLS

/**
 * A port: one interface of a service (http, broker, periodic). The framework allocates and zeroes
 * `self_size` bytes, then calls in the order below, on a fiber of the service's loop; `stop` may
 * come without `start`, and each may be called again, which then does nothing. All are required
 * but `describe`. A failure keeps the program from starting, with the error's chain; `destroy` is
 * called all the same.
 */
typedef struct minos_port_ops {
    const char *name; /* key under `interfaces:`; static */
    size_t self_size; /* bytes of state, at least 1 */
    /**
     * Build from config and factory, which are borrowed and live longer than the port; open
     * nothing. Yields. Any code; MINOS_ECONFIG when the configuration is to blame.
     */
    minos_rc (*setup)(void *self, const minos_config *config, minos_factory *factory);
    /** Begin to take work. Yields. Any code; a port that failed to start is not stopped. */
    minos_rc (*start)(void *self);
    /**
     * Take no more work and finish what was taken, until the deadline; then cancel it. Yields.
     * MINOS_OK when all was finished; another code is logged, and the other ports stop none the
     * less.
     */
    minos_rc (*stop)(void *self, minos_deadline deadline);
    /** Free what setup built, also when it failed halfway; not `self`. May yield. */
    void (*destroy)(void *self);
    /**
     * Write one line on where the port is to be found, "http://0.0.0.0:8080", into `size` bytes,
     * NUL-terminated; called after `start`. Does not yield. Optional: NULL.
     */
    void (*describe)(const void *self, char *text, size_t size);
} minos_port_ops;

/** The descriptor of a plugin: static, with all that it points at, and not changed once given. */
struct minos_plugin {
    uint32_t abi;          /* MINOS_ABI, as compiled */
    uint32_t plugin_bytes; /* of this struct, as compiled, so that later versions can tell */
    const char *name;      /* for messages */
    const minos_service *const *services; /* NULL-terminated; NULL: none */
    const minos_middleware *middleware;   /* ended by a row without name; NULL: none */
    const minos_port_ops *const *ports;   /* NULL-terminated; NULL: none */
    const minos_codec *const *codecs;     /* NULL-terminated; NULL: none */
};

/** The first members of a minos_plugin: `{MINOS_PLUGIN("x"), .services = …}`. */
#define MINOS_PLUGIN(name_)                                                                        \
    .abi = MINOS_ABI, .plugin_bytes = (uint32_t)sizeof(minos_plugin), .name = (name_)

/** The symbol that a shared object exports its descriptor by. */
#define MINOS_PLUGIN_SYMBOL "minos_plugin_descriptor"

MINOS_END_DECLS

#endif
