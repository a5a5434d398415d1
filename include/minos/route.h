/*
 * Routes: what a service answers, as rows of a const table. Dispatch, discovery, documents, `minos
 * routes` and tests all read the same rows.
 *
 *     static const minos_route user_routes[] = {
 *         MINOS_BROKER_COMMAND("user.create", create_user),
 *         MINOS_REST_QUERY("GET", "/users/{user_id}", get_user, .authenticated = true),
 *         MINOS_PERIODIC_EVENT("0 0/5 * * * *", clean_up),
 *     };
 */
#ifndef MINOS_ROUTE_H
#define MINOS_ROUTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <minos/compiler.h>
#include <minos/error.h>
#include <minos/time.h>

MINOS_BEGIN_DECLS

typedef struct minos_request minos_request;
typedef struct minos_response minos_response;

/** Where a request came from. */
typedef enum minos_door {
    MINOS_DOOR_NONE, /* in-memory requests */
    MINOS_DOOR_BROKER,
    MINOS_DOOR_REST,
    MINOS_DOOR_PERIODIC
} minos_door;

/** What a row answers: commands and queries have one handler each, events any number. */
typedef enum minos_kind { MINOS_KIND_COMMAND = 1, MINOS_KIND_QUERY, MINOS_KIND_EVENT } minos_kind;

/**
 * Answer one request. The response is empty until minos_reply*, and is discarded when the handler
 * returns anything but MINOS_OK. MINOS_OK without a reply is an answer without content. Runs on a
 * fiber of its own and may yield.
 */
typedef minos_rc minos_handler_fn(minos_request *req, minos_response *res);

/**
 * Tell whether a request may be handled; false is asked again after a delay, a code ends the
 * request. `*ret_ok` is false before the call. May yield.
 */
typedef minos_rc minos_checker_fn(minos_request *req, bool *ret_ok);

/** One checker of a row; zeros take the defaults. */
typedef struct minos_checker {
    minos_checker_fn *check;
    int attempts_max;     /* 10 */
    minos_duration delay; /* 100 ms between attempts */
} minos_checker;

/** A free argument of a row, kept for discovery and plugins. */
typedef struct minos_extra {
    const char *key;
    const char *value;
} minos_extra;

/** One row; made by the macros below. */
typedef struct minos_route {
    const char *file; /* where the row stands */
    int line;
    minos_door door;
    minos_kind kind;
    const char *key;           /* topic, path or cron pattern */
    const char *method;        /* REST: "GET", …, "*" for any; NULL elsewhere */
    const char *source;        /* the row's arguments as written; begins with the handler's name */
    minos_handler_fn *handler; /* several rows may name one handler, all of one kind */
    /* Options, named in the row. */
    const minos_checker *checkers; /* MINOS_CHECKERS(…); all at once, all must be satisfied */
    const minos_extra *extra;      /* MINOS_EXTRA(…) */
    minos_duration timeout;        /* the request's deadline; 0: 30 s for REST, none elsewhere */
    int32_t concurrency;           /* most runs of this row at once; 0: no limit of its own */
    bool authenticated;            /* told to discovery */
    const char *authorized_groups; /* comma-separated, told to discovery */
    int32_t regex_priority;        /* told to discovery */
    const char *summary;           /* one line for documents and `minos routes` */
} minos_route;

#define MINOS_ROUTE_ROW(door_, kind_, key_, method_, ...)                                          \
    {                                                                                              \
        .file = __FILE__, .line = __LINE__, .door = (door_), .kind = (kind_), .key = (key_),       \
        .method = (method_), .source = #__VA_ARGS__, .handler = __VA_ARGS__                        \
    }
/* (topic, handler, .option = …) */
#define MINOS_BROKER_COMMAND(topic, ...)                                                           \
    MINOS_ROUTE_ROW(MINOS_DOOR_BROKER, MINOS_KIND_COMMAND, topic, NULL, __VA_ARGS__)
#define MINOS_BROKER_QUERY(topic, ...)                                                             \
    MINOS_ROUTE_ROW(MINOS_DOOR_BROKER, MINOS_KIND_QUERY, topic, NULL, __VA_ARGS__)
#define MINOS_BROKER_EVENT(topic, ...)                                                             \
    MINOS_ROUTE_ROW(MINOS_DOOR_BROKER, MINOS_KIND_EVENT, topic, NULL, __VA_ARGS__)
/* (method, path, handler, .option = …) */
#define MINOS_REST_COMMAND(method, path, ...)                                                      \
    MINOS_ROUTE_ROW(MINOS_DOOR_REST, MINOS_KIND_COMMAND, path, method, __VA_ARGS__)
#define MINOS_REST_QUERY(method, path, ...)                                                        \
    MINOS_ROUTE_ROW(MINOS_DOOR_REST, MINOS_KIND_QUERY, path, method, __VA_ARGS__)
/* (pattern, handler, .option = …) */
#define MINOS_PERIODIC_EVENT(pattern, ...)                                                         \
    MINOS_ROUTE_ROW(MINOS_DOOR_PERIODIC, MINOS_KIND_EVENT, pattern, NULL, __VA_ARGS__)

/*
 * Row options that are lists:
 *     MINOS_CHECKERS({.check = is_open}, {.check = has_stock, .attempts_max = 3})
 *     MINOS_EXTRA({"auth-type", "jwt"})
 */
#define MINOS_CHECKERS(...)                                                                        \
    .checkers = (const minos_checker[])                                                            \
    {                                                                                              \
        __VA_ARGS__,                                                                               \
        {                                                                                          \
            NULL, 0, 0                                                                             \
        }                                                                                          \
    }
#define MINOS_EXTRA(...)                                                                           \
    .extra = (const minos_extra[])                                                                 \
    {                                                                                              \
        __VA_ARGS__,                                                                               \
        {                                                                                          \
            NULL, NULL                                                                             \
        }                                                                                          \
    }

/**
 * Name a door: "broker", "rest", "periodic", "memory"; "?" for none of them.
 * @noyield @thread{any}
 */
MINOS_API const char *minos_door_name(minos_door door);
/** Name a kind: "command", "query", "event"; "?" for none of them. @noyield @thread{any} */
MINOS_API const char *minos_kind_name(minos_kind kind);

MINOS_END_DECLS

#endif
