/* users.c: a whole service. The table comes first: it is what the service answers. */
#include <minos/minos.h>

struct users {
    int64_t created_count;
};

static minos_handler_fn create_user, get_user, echo, clean_up;

static const minos_route user_routes[] = {
    MINOS_BROKER_COMMAND("user.create", create_user),
    MINOS_REST_QUERY("GET", "/users/{user_id}", get_user),
    MINOS_REST_COMMAND("POST", "/echo", echo),
    MINOS_PERIODIC_EVENT("0 */5 * * * *", clean_up), /* every 5 minutes, seconds first */
};

static const minos_service user_service = {
    MINOS_SERVICE("users", user_routes),
    .self_size = sizeof(struct users), /* zeroed; .setup and .destroy when it needs more */
};

static minos_rc create_user(minos_request *req, minos_response *res)
{
    struct users *self = minos_request_self(req);
    const minos_value *user;
    const char *name;

    MINOS_TRY(minos_request_content(req, &user));    /* 400 when there is none */
    MINOS_TRY(minos_value_str(user, "name", &name)); /* 400 naming the field */
    if (name[0] == '\0')
        return minos_reject(400, "field \"name\" is empty");
    self->created_count++;
    return minos_reply(res, MINOS_MAP(MINOS_KV("id", "123"), MINOS_KV("status", "created")));
}

static minos_rc get_user(minos_request *req, minos_response *res)
{
    const char *id;

    MINOS_TRY(minos_request_param(req, "user_id", &id));
    return minos_reply(res, MINOS_MAP(MINOS_KV("id", id), MINOS_KV("name", "John Doe")));
}

/* Parse the body and answer the same value in the content type it came in. */
static minos_rc echo(minos_request *req, minos_response *res)
{
    const minos_value *content;

    MINOS_TRY(minos_request_content(req, &content));
    return minos_reply_as(res, minos_request_content_type(req), content);
}

static minos_rc clean_up(minos_request *req, minos_response *res)
{
    struct users *self = minos_request_self(req);

    minos_log_info("clean-up: %lld users created so far", (long long)self->created_count);
    return minos_reply(res, MINOS_MAP(MINOS_KV("status", "cleanup_completed")));
}

int main(int argc, char **argv) /* users [--config config.yml] [run|check|routes|…] */
{
    return minos_main(argc, argv, MINOS_SERVICES(&user_service));
}
