/*
 * The host's name and address: see host.h. The interfaces are asked, not the name service:
 * /etc/hosts often maps a host's own name to a loopback address.
 */
#include "fiber/host.h"

#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/env.h"

static int rank(const struct ifaddrs *interface);
static minos_rc write_address(const struct ifaddrs *interface, char *address, size_t size);
static minos_rc write_text(const char *from, char *text, size_t size);

minos_rc mn_host_name(char *name, size_t size)
{
    char full[256] = "";

    if (mn_env != &mn_env_real)
        return write_text(MN_SIM_HOST_NAME, name, size);
    if (gethostname(full, sizeof full - 1) != 0)
        return minos_fail_os(MINOS_EIO, errno, "the host's name cannot be read: %s",
                             strerror(errno));
    return write_text(full, name, size);
}

minos_rc mn_host_address(char *address, size_t size)
{
    struct ifaddrs *all, *best = NULL;
    minos_rc rc;

    if (mn_env != &mn_env_real)
        return write_text(MN_SIM_HOST_ADDRESS, address, size);
    if (getifaddrs(&all) != 0)
        return minos_fail_os(MINOS_EIO, errno, "the host's interfaces cannot be read: %s",
                             strerror(errno));
    for (struct ifaddrs *each = all; each != NULL; each = each->ifa_next)
        if (rank(each) > (best == NULL ? 0 : rank(best)))
            best = each;
    rc = best == NULL ? write_text("127.0.0.1", address, size) : write_address(best, address, size);
    freeifaddrs(all);
    return rc;
}

/* Higher is better; 0: of no use to others. */
static int rank(const struct ifaddrs *interface)
{
    const struct sockaddr *at = interface->ifa_addr;

    if (at == NULL || !(interface->ifa_flags & IFF_UP) || interface->ifa_flags & IFF_LOOPBACK)
        return 0;
    if (at->sa_family == AF_INET)
        return 2;
    return at->sa_family == AF_INET6 &&
           !IN6_IS_ADDR_LINKLOCAL(&((const struct sockaddr_in6 *)(const void *)at)->sin6_addr);
}

static minos_rc write_address(const struct ifaddrs *interface, char *address, size_t size)
{
    const void *at = interface->ifa_addr;
    int family = interface->ifa_addr->sa_family;
    const void *bytes = family == AF_INET
                            ? (const void *)&((const struct sockaddr_in *)at)->sin_addr
                            : (const void *)&((const struct sockaddr_in6 *)at)->sin6_addr;

    if (inet_ntop(family, bytes, address, (socklen_t)size) == NULL)
        return minos_fail(MINOS_ETOOBIG, "no room for the host's address in %zu bytes", size);
    return MINOS_OK;
}

static minos_rc write_text(const char *from, char *text, size_t size)
{
    if ((size_t)snprintf(text, size, "%s", from) >= size)
        return minos_fail(MINOS_ETOOBIG, "no room for \"%s\" in %zu bytes", from, size);
    return MINOS_OK;
}
