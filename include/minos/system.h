/*
 * The system service (GET /system/health) and what the original calls utilities.
 */
#ifndef MINOS_SYSTEM_H
#define MINOS_SYSTEM_H

#include <stddef.h>

#include <minos/compiler.h>
#include <minos/error.h>
#include <minos/fiber.h>
#include <minos/service.h>

MINOS_BEGIN_DECLS

/** `GET /system/health` → {"host": ip}. Part of every program unless `services:` leaves it out. */
MINOS_API extern const minos_service minos_system_service;

#define MINOS_IP_BYTES   46
#define MINOS_HOST_BYTES 256

/** Give this host's IP address as text; 127.0.0.1 when it has no other. @yields */
MINOS_API MINOS_MUST_CHECK minos_rc minos_host_ip(char ip[MINOS_IP_BYTES]);
/** Give this host's name, without a trailing ".local" or ".lan". @noyield */
MINOS_API MINOS_MUST_CHECK minos_rc minos_host_name(char name[MINOS_HOST_BYTES]);
/** Resolve a host's name to an address. @retval MINOS_ENOTFOUND @yields */
MINOS_API MINOS_MUST_CHECK minos_rc minos_ip_of(const char *name, char ip[MINOS_IP_BYTES]);
/**
 * Wait for one item of a channel, then take up to `count_max` - 1 more without waiting (the original's
 * consume_queue).
 * @param items  room for count_max pointers
 * @yields
 */
MINOS_API MINOS_MUST_CHECK minos_rc minos_queue_consume(minos_channel *queue, size_t count_max,
                                                        void **items, size_t *ret_count);

MINOS_END_DECLS

#endif
