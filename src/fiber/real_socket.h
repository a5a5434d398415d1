/*
 * What listeners and connections of the kernel share.
 */
#ifndef MN_FIBER_REAL_SOCKET_H
#define MN_FIBER_REAL_SOCKET_H

#include <netinet/in.h>
#include <stdbool.h>
#include <sys/socket.h>

#include "fiber/real.h"

typedef union mn_address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
} mn_address;

/* Make an address of a host's name or number. Yields when it must ask for a name. */
minos_rc mn_address_of(const char *host, int port, mn_address *ret_address, socklen_t *ret_size);
/* Make a stream socket that never blocks and is not inherited by other programs. */
minos_rc mn_real_socket_open(int family, int *ret_fd);
/*
 * Wrap an open connection; takes the descriptor, closing it on failure.
 * @param is_shared  of a shared socket: counted among the workers' while it is open
 */
minos_rc mn_real_socket_new(int fd, const mn_address *peer, bool is_shared, mn_socket **ret_socket);
/* Tell whether a failed call of the kernel means that there are too many descriptors. */
bool mn_is_short_of_descriptors(int error);

#endif
