/* talk.c: a broker client by hand, outside of handlers. Run with a config that names the broker. */
#include <minos/minos.h>

#include <stdio.h>

static minos_rc talk(const minos_config *config)
{
    MINOS_AUTO(minos_broker_client) *client = NULL;
    MINOS_TRY(minos_broker_client_from_config(config, "my.topic", &client));
    for (int i = 0; i < 10; i++)
        MINOS_TRY(minos_broker_client_send(client, "my.topic", MINOS_MAP(MINOS_KV("number", i))));

    minos_batch batch =
        minos_broker_client_receive_many(client, 10, minos_deadline_in(60 * MINOS_S));
    for (const minos_message *m; (m = minos_batch_next(&batch)) != NULL;)
        printf("Received: %s\n", minos_message_text(m));
    return minos_batch_end(&batch); /* MINOS_ENOTENOUGH when fewer than ten came in time */
}

int main(int argc, char **argv) /* talk [config.yml] */
{
    return minos_run(argc > 1 ? argv[1] : NULL, talk);
}
