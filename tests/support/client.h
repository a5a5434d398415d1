/*
 * A bare HTTP client for tests: sends bytes, gives the bytes that came back.
 */
#ifndef MN_TESTS_CLIENT_H
#define MN_TESTS_CLIENT_H

/* Connect to a port of the loopback; -1 when nobody listens. */
int mn_client_connect(int port);
/* Send all. */
void mn_client_send(int socket, const char *text);
/*
 * Read one response, or until the peer closes; at most 20 s. Gives NUL-terminated text, owned;
 * empty when the connection was closed or reset without a byte.
 */
char *mn_client_receive(int socket);
/* Connect, send, receive one response, close. */
char *mn_client_ask(int port, const char *text);

#endif
