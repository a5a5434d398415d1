/*
 * What this machine is called and where it is reached. Neither yields.
 */
#ifndef MN_FIBER_HOST_H
#define MN_FIBER_HOST_H

#include <stddef.h>

#include <minos/error.h>

/* What a simulated machine gives. */
#define MN_SIM_HOST_NAME    "simulated"
#define MN_SIM_HOST_ADDRESS "10.0.0.1"

/* Give the host's name as the system has it. */
minos_rc mn_host_name(char *name, size_t size);
/*
 * Give an address of an interface that is up: IPv4 before IPv6, none of loopback or of the link
 * alone, the first in the system's order; 127.0.0.1 when there is none.
 */
minos_rc mn_host_address(char *address, size_t size);

#endif
