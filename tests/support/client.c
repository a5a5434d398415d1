/*
 * A bare HTTP client for tests: see client.h.
 */
#include "support/client.h"

#include <arpa/inet.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#define LIMIT_MS           20000
#define RESPONSE_BYTES_MAX (1 << 20)

int mn_client_connect(int port)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((unsigned short)port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int handle = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (connect(handle, (struct sockaddr *)&address, sizeof address) != 0) {
        close(handle);
        return -1;
    }
    return handle;
}

void mn_client_send(int socket, const char *text)
{
    size_t left = strlen(text);
    while (left != 0) {
        ssize_t sent = send(socket, text, left, MSG_NOSIGNAL);
        if (sent <= 0)
            return; /* the peer has had enough; what it answered tells */
        text += sent;
        left -= (size_t)sent;
    }
}

/* Tell whether the text holds a whole response by its Content-Length. */
static int is_whole(const char *text, size_t size)
{
    const char *end = strstr(text, "\r\n\r\n");
    const char *length;

    if (end == NULL)
        return 0;
    length = strcasestr(text, "\r\ncontent-length:");
    if (length == NULL || length > end)
        return 0;
    return (size_t)(end + 4 - text) + strtoul(length + 17, NULL, 10) <= size;
}

char *mn_client_receive(int socket)
{
    char *text = calloc(1, RESPONSE_BYTES_MAX + 1);
    struct pollfd readable = {.fd = socket, .events = POLLIN};
    size_t size = 0;

    while (size < RESPONSE_BYTES_MAX && !is_whole(text, size)) {
        ssize_t got;
        if (poll(&readable, 1, LIMIT_MS) != 1)
            break;
        got = recv(socket, text + size, RESPONSE_BYTES_MAX - size, 0);
        if (got <= 0)
            break;
        size += (size_t)got;
    }
    return text;
}

char *mn_client_ask(int port, const char *text)
{
    int socket = mn_client_connect(port);
    char *answer;

    if (socket < 0)
        return calloc(1, 1);
    mn_client_send(socket, text);
    answer = mn_client_receive(socket);
    close(socket);
    return answer;
}
