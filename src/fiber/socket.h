/*
 * Stream sockets for fibers. In simulation they connect within the process and never touch the OS.
 *
 * A wait ends with ETIMEDOUT or ECANCELED, each with an error that says in what. A cancelled fiber
 * can still write what needs no wait. One fiber reads a socket at a time, and one writes.
 */
#ifndef MN_FIBER_SOCKET_H
#define MN_FIBER_SOCKET_H

#include <stddef.h>
#include <sys/uio.h>

#include <minos/error.h>
#include <minos/time.h>
#include <minos/view.h>

typedef struct mn_listener mn_listener;
typedef struct mn_socket mn_socket;

#define MN_ADDRESS_BYTES 64 /* "[ffff:…]:65535" */

/*
 * Listen on host (name or address) and port (0: any free). EIO: the message says what to do;
 * ENOTFOUND: no such name. Yields for a name.
 */
minos_rc mn_listen(const char *host, int port, int backlog, mn_listener **ret_listener);
/*
 * Open a socket for processes that will be forked: there mn_listen with the same host and port
 * takes it, once a process, and shares its connections with the others. Outside of loops only;
 * a host's name is asked for without a thread. Codes as mn_listen; ETOOMANY above 16.
 */
minos_rc mn_listen_hold(const char *host, int port, int backlog);
/* Close what this process holds. */
void mn_listen_drop_held(void);
int mn_listener_port(const mn_listener *listener);
/*
 * Wait for a connection. ETOOMANY: out of descriptors, the connection is kept: the caller waits a
 * moment and tries again. Yields.
 */
minos_rc mn_accept(mn_listener *listener, minos_deadline deadline, mn_socket **ret_socket);
/* Stop listening; a fiber in mn_accept gets MINOS_ECLOSED. */
void mn_listener_close(mn_listener *listener);

/* Connect to host (name or address). EIO: the message says why; ENOTFOUND: no such name. Yields. */
minos_rc mn_connect(const char *host, int port, minos_deadline deadline, mn_socket **ret_socket);
/* Read what is there, waiting for at least one byte; *ret_size 0: the peer ended. Yields. */
minos_rc mn_socket_read(mn_socket *socket, void *bytes, size_t size, minos_deadline deadline,
                        size_t *ret_size);
/* Write all. ECLOSED: the peer is gone. Yields when the socket is full. */
minos_rc mn_socket_write(mn_socket *socket, const struct iovec *parts, int count,
                         minos_deadline deadline);
/* Send our end of the stream; reading goes on. */
void mn_socket_shutdown(mn_socket *socket);
/* Text of the peer's address, borrowed. */
const char *mn_socket_peer(const mn_socket *socket);
/*
 * End the waits of whoever reads this socket, now and later, with ECLOSED; bytes that have arrived
 * are still read.
 */
void mn_socket_interrupt(mn_socket *socket);
/* Close; nobody may be waiting on it. NULL does nothing. */
void mn_socket_close(mn_socket *socket);

/*
 * Write a name's address as text, IPv4 first; one that is an address already, without asking.
 * ENOTFOUND: no such name, EIO: nobody could tell. Yields.
 */
minos_rc mn_resolve(const char *name, char *address, size_t size);

#endif
