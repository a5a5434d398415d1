/*
 * The test kit: a whole service without sockets, in virtual time. Waits cost nothing, the clock
 * jumps to the next timer when all is idle, randomness comes from the seed.
 *
 *     static minos_rc orders_are_placed(minos_test *test)
 *     {
 *         minos_answer answer;
 *         MINOS_TRY(minos_test_start(test, MINOS_SERVICES(&orders, &stock), NULL));
 *         MINOS_TRY(minos_test_http(test, "POST", "/orders", MINOS_MAP(MINOS_KV("sku", "a")),
 *                                   &answer));
 *         MINOS_EXPECT(answer.status == 200);
 *         return MINOS_OK;
 *     }
 *     int main(void) { return minos_test_main(42, orders_are_placed); }
 */
#ifndef MINOS_TEST_H
#define MINOS_TEST_H

#include <stdint.h>

#include <minos/compiler.h>
#include <minos/error.h>
#include <minos/message.h>
#include <minos/plugin.h>
#include <minos/service.h>
#include <minos/time.h>
#include <minos/value.h>

MINOS_BEGIN_DECLS

typedef struct minos_test minos_test;
typedef minos_rc minos_test_fn(minos_test *test);

/* Return from a test with a failure when a condition does not hold. */
#define MINOS_EXPECT(condition)                                                                    \
    do {                                                                                           \
        if (!(condition))                                                                          \
            return minos_fail(MINOS_EANY, "expected: %s", #condition);                             \
    } while (0)

/**
 * Run a function on a fiber in a fresh simulated environment.
 * @param seed  of all randomness; the same seed gives the same run
 * @return what the function returned
 * @noyield @thread{any without a loop}
 */
MINOS_API MINOS_MUST_CHECK minos_rc minos_test_run(uint64_t seed, minos_test_fn *fn);
/**
 * Be a program that runs one test, as minos_test_run does.
 * @return the exit code: 0, or 1 with the chain and the seed on standard error
 * @noyield @thread{any without a loop}
 */
MINOS_API int minos_test_main(uint64_t seed, minos_test_fn *fn);

/** Set up and start a service without sockets. @param yaml  its config, NULL: defaults @yields */
MINOS_API MINOS_MUST_CHECK minos_rc minos_test_start(minos_test *test,
                                                     const minos_service *const *services,
                                                     const char *yaml);
/**
 * Set up and start a program that has middleware and more; see minos_test_start and
 * minos_main_plugin.
 * @param plugin  its services, middleware, ports and codecs; borrowed until the test ends
 * @param yaml    its config, NULL: defaults
 * @retval MINOS_OK       it serves
 * @retval MINOS_ESTATE   the test has started something already
 * @retval MINOS_ECONFIG  the config or the plugin is wrong
 * @yields
 */
MINOS_API MINOS_MUST_CHECK minos_rc minos_test_start_plugin(minos_test *test,
                                                            const minos_plugin *plugin,
                                                            const char *yaml);
/** Stop it as SIGTERM would; done by the end of the test too. @yields */
MINOS_API MINOS_MUST_CHECK minos_rc minos_test_stop(minos_test *test);

/** What came back; lives until the test ends. */
typedef struct minos_answer {
    int status;
    const char *content_type;   /* NULL when there is no content */
    const minos_value *content; /* decoded; NULL when there is none */
    const minos_value *headers; /* a map of strings */
} minos_answer;

/** Ask a REST route through the whole HTTP dispatch; content NULL sends none. @yields */
MINOS_API MINOS_MUST_CHECK minos_rc minos_test_http(minos_test *test, const char *method,
                                                    const char *target, const minos_value *content,
                                                    minos_answer *ret_answer);
/** Send a command or query over the broker and wait for its reply. @yields */
MINOS_API MINOS_MUST_CHECK minos_rc minos_test_request(minos_test *test, const char *topic,
                                                       const minos_value *content,
                                                       minos_answer *ret_answer);
/** Publish an event and let its handlers run until they end or wait for time to pass. @yields */
MINOS_API MINOS_MUST_CHECK minos_rc minos_test_publish(minos_test *test, const char *topic,
                                                       const minos_value *content);
/** Let virtual time pass, running all that comes due. @yields */
MINOS_API MINOS_MUST_CHECK minos_rc minos_test_advance(minos_test *test, minos_duration by);
/** Call a handler directly with a request made in memory. @yields */
MINOS_API MINOS_MUST_CHECK minos_rc minos_test_call(minos_test *test, minos_handler_fn *handler,
                                                    const minos_request_options *options,
                                                    minos_answer *ret_answer);

MINOS_END_DECLS

#endif
