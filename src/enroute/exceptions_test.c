/*
 * The original's exception hierarchy, as codes.
 */
#include "support/support.h"

typedef struct ancestry_row {
    const char *name; /* the seed's class */
    minos_rc rc;
    minos_rc parent;
} ancestry_row;

static const ancestry_row ancestry_rows[] = {
    {"MinosNetworkException", MINOS_ENETWORK, MINOS_EANY},
    {"MinosDiscoveryConnectorException", MINOS_EDISCOVERY, MINOS_ENETWORK},
    {"MinosInvalidDiscoveryClient", MINOS_EDISCOVERYCLIENT, MINOS_ENETWORK},
    {"MinosHandlerException", MINOS_EHANDLER, MINOS_ENETWORK},
    {"MinosActionNotFoundException", MINOS_ENOACTION, MINOS_EHANDLER},
    {"MinosHandlerNotFoundEnoughEntriesException", MINOS_ENOTENOUGH, MINOS_EHANDLER},
    {"NotSatisfiedCheckerException", MINOS_ECHECK, MINOS_EHANDLER},
    {"MinosEnrouteDecoratorException", MINOS_EENROUTE, MINOS_ENETWORK},
    {"MinosMultipleEnrouteDecoratorKindsException", MINOS_EMULTIPLEKINDS, MINOS_EENROUTE},
    {"MinosRedefinedEnrouteDecoratorException", MINOS_EREDEFINED, MINOS_EENROUTE},
    {"RequestException", MINOS_EREQUEST, MINOS_ENETWORK},
    {"NotHasContentException", MINOS_ENOCONTENT, MINOS_EREQUEST},
    {"NotHasParamsException", MINOS_ENOPARAMS, MINOS_EREQUEST},
    {"ResponseException", MINOS_ERESPONSE, MINOS_EANY},
};

static void every_name_has_its_parents(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof ancestry_rows / sizeof ancestry_rows[0]; i++) {
        const ancestry_row *row = &ancestry_rows[i];
        bool is_right = minos_rc_is_a(row->rc, row->rc) && minos_rc_is_a(row->rc, row->parent) &&
                        minos_rc_is_a(row->rc, MINOS_EANY) &&
                        !minos_rc_is_a(row->parent, row->rc) && !minos_rc_is_a(row->rc, MINOS_OK);
        if (!is_right)
            fail_msg("%s", row->name);
    }
}

static void what_a_name_is_not(void **state)
{
    static const ancestry_row rows[] = {
        {"ResponseException is no network error", MINOS_ERESPONSE, MINOS_ENETWORK},
        {"ResponseException is no RequestException", MINOS_ERESPONSE, MINOS_EREQUEST},
        {"a checker's failure is no refusal", MINOS_ECHECK, MINOS_ERESPONSE},
        {"NotHasContent is no NotHasParams", MINOS_ENOCONTENT, MINOS_ENOPARAMS},
        {"a redefinition is no mixing of kinds", MINOS_EREDEFINED, MINOS_EMULTIPLEKINDS},
        {"a deadline is no MinosException", MINOS_ETIMEDOUT, MINOS_EANY},
        {"a cancel is no MinosException", MINOS_ECANCELED, MINOS_EANY},
        {"success is no MinosException", MINOS_OK, MINOS_EANY},
        {"MinosException is not its child", MINOS_EANY, MINOS_ENETWORK},
        {"a code out of range", (minos_rc)MINOS_RC_COUNT, MINOS_EANY},
        {"a negative code", (minos_rc)-1, MINOS_EANY},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (minos_rc_is_a(rows[i].rc, rows[i].parent))
            fail_msg("%s", rows[i].name);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_name_has_its_parents),
        cmocka_unit_test(what_a_name_is_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
