/*
 * The system service, by which others learn that this one lives, and the original's utilities.
 */
#include <minos/system.h>

#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "fiber/host.h"
#include "fiber/socket.h"

static minos_handler_fn get_health;

static const minos_route system_routes[] = {
    MINOS_REST_QUERY("GET", "/system/health", get_health,
                     .summary = "Tell that the service lives, and where."),
};

const minos_service minos_system_service = {
    MINOS_SERVICE("system", system_routes),
};

static minos_rc get_health(minos_request *req, minos_response *res)
{
    char ip[MINOS_IP_BYTES];
    (void)req;

    MINOS_TRY(minos_host_ip(ip));
    MINOS_TRY(minos_reply(res, MINOS_MAP(MINOS_KV("host", (const char *)ip))));
    return MINOS_OK;
}

minos_rc minos_host_ip(char ip[MINOS_IP_BYTES])
{
    MINOS_TRY(mn_host_address(ip, MINOS_IP_BYTES));
    return MINOS_OK;
}

minos_rc minos_host_name(char name[MINOS_HOST_BYTES])
{
    static const char *const suffixes[] = {".local", ".lan"};
    size_t size;

    MINOS_TRY(mn_host_name(name, MINOS_HOST_BYTES));
    size = strlen(name);
    for (size_t i = 0; i < mn_count_of(suffixes); i++) {
        size_t cut = strlen(suffixes[i]);
        if (size > cut && strcasecmp(name + size - cut, suffixes[i]) == 0) {
            name[size - cut] = '\0';
            break;
        }
    }
    return MINOS_OK;
}

minos_rc minos_ip_of(const char *name, char ip[MINOS_IP_BYTES])
{
    if (name == NULL || name[0] == '\0')
        return minos_fail(MINOS_EINVAL, "name is %s", name == NULL ? "NULL" : "empty");
    MINOS_TRY(mn_resolve(name, ip, MINOS_IP_BYTES));
    return MINOS_OK;
}

minos_rc minos_queue_consume(minos_channel *queue, size_t count_max, void **items,
                             size_t *ret_count)
{
    size_t count = 1;

    if (count_max == 0)
        return minos_fail(MINOS_EINVAL, "count_max is 0");
    MINOS_TRY(minos_channel_receive(queue, minos_deadline_never(), &items[0]));
    while (count < count_max && minos_channel_count(queue) != 0) {
        if (minos_channel_receive(queue, minos_deadline_never(), &items[count]) != MINOS_OK)
            break; /* cancelled; what was taken is not to be lost */
        count++;
    }
    *ret_count = count;
    return MINOS_OK;
}
