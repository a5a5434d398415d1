/*
 * Service modules for the tests of `minos run`: a good one, and (by -D) ones that must be refused.
 */
#include <minos/minos.h>

static minos_handler_fn hello;

static const minos_route routes[] = {MINOS_REST_QUERY("GET", "/hello", hello)};
static const minos_service service = {MINOS_SERVICE("hello", routes)};
static const minos_service *const services[] = {&service, NULL};

static minos_rc hello(minos_request *req, minos_response *res)
{
    (void)req;
    return minos_reply(res, MINOS_MAP(MINOS_KV("hello", "module")));
}

#if defined(MODULE_WITHOUT_DESCRIPTOR)
#define minos_plugin_descriptor another_name
#endif

#if defined(MODULE_OF_ANOTHER_ABI)
#define ABI 99u
#else
#define ABI MINOS_ABI
#endif
#if defined(MODULE_OF_ANOTHER_SIZE)
#define BYTES 8u
#else
#define BYTES ((uint32_t)sizeof(minos_plugin))
#endif

extern MINOS_API const minos_plugin minos_plugin_descriptor;
const minos_plugin minos_plugin_descriptor = {
    .abi = ABI, .plugin_bytes = BYTES, .name = "hello", .services = services};
