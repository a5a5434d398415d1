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
 * `self_size` bytes, then calls in this order; `stop` may be called without `start`, all are
 * idempotent.
 */
typedef struct minos_port_ops {
    const char *name; /* key under `interfaces:` */
    size_t self_size;
    /** Build from config and factory; opens nothing. Yields. */
    minos_rc (*setup)(void *self, const minos_config *config, minos_factory *factory);
    /** Begin to take work. Yields. */
    minos_rc (*start)(void *self);
    /** Take no more work and finish what was taken, until the deadline; then cancel it. Yields. */
    minos_rc (*stop)(void *self, minos_deadline deadline);
    /** Free what setup built. */
    void (*destroy)(void *self);
    /** Write one line on where the port is to be found, "http://0.0.0.0:8080"; may be NULL. */
    void (*describe)(const void *self, char *text, size_t size);
} minos_port_ops;

struct minos_plugin {
    uint32_t abi;
    uint32_t plugin_bytes;
    const char *name;
    const minos_service *const *services; /* NULL-terminated; NULL: none */
    const minos_middleware *middleware;   /* ended by a row without name; NULL: none */
    const minos_port_ops *const *ports;   /* NULL-terminated; NULL: none */
    const minos_codec *const *codecs;     /* NULL-terminated; NULL: none */
};

/* The first members of a minos_plugin. */
#define MINOS_PLUGIN(name_)                                                                        \
    .abi = MINOS_ABI, .plugin_bytes = (uint32_t)sizeof(minos_plugin), .name = (name_)

#define MINOS_PLUGIN_SYMBOL "minos_plugin_descriptor"

MINOS_END_DECLS

#endif
