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

/**
 * Answer `GET /system/health` with {"host": ip}. Part of every program unless `services:` leaves it
 * out. @noyield
 */
MINOS_API extern const minos_service minos_system_service;

#define MINOS_IP_BYTES   46
#define MINOS_HOST_BYTES 256

/**
 * Give this host's IP address as text: of an interface that is up, IPv4 before IPv6; 127.0.0.1 when
 * it has none but loopback.
 * @param ip  room for MINOS_IP_BYTES
 * @retval MINOS_EIO  the interfaces cannot be read
 * @noyield @thread{any}
 */
MINOS_API MINOS_MUST_CHECK minos_rc minos_host_ip(char ip[MINOS_IP_BYTES]);
/**
 * Give this host's name, without a trailing ".local" or ".lan".
 * @param name  room for MINOS_HOST_BYTES
 * @retval MINOS_EIO  it cannot be read
 * @noyield @thread{any}
 */
MINOS_API MINOS_MUST_CHECK minos_rc minos_host_name(char name[MINOS_HOST_BYTES]);
/**
 * Resolve a host's name to an address, IPv4 before IPv6; an address gives itself.
 * @param name  at least 1 byte, borrowed for the call
 * @param ip    room for MINOS_IP_BYTES
 * @retval MINOS_ENOTFOUND  no host has this name
 * @retval MINOS_EIO        the name service does not answer
 * @retval MINOS_EINVAL     name is NULL or empty
 * @yields @thread{a loop's fiber}
 */
MINOS_API MINOS_MUST_CHECK minos_rc minos_ip_of(const char *name, char ip[MINOS_IP_BYTES]);
/**
 * Wait for one item of a channel, then take what else it holds, without waiting (the original's
 * consume_queue).
 * @param count_max  most items to take, at least 1
 * @param items      room for count_max pointers
 * @param ret_count  items taken, at least 1
 * @retval MINOS_ECLOSED    the channel was closed and is empty
 * @retval MINOS_ECANCELED  the fiber was cancelled
 * @retval MINOS_EINVAL     count_max is 0
 * @yields when the channel is empty @thread{the loop of the channel}
 */
MINOS_API MINOS_MUST_CHECK minos_rc minos_queue_consume(minos_channel *queue, size_t count_max,
                                                        void **items, size_t *ret_count);

MINOS_END_DECLS

#endif
