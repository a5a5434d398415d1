/*
 * The command line as a person meets it: words, exit codes, what is said on which stream.
 */
#include "support/process.h"
#include "support/support.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

typedef struct command_case {
    const char *name;
    const char *arguments[10];
    int code;
    const char
        *output; /* a part of standard output; "=" in front: all of it; NULL: nothing there */
    const char *errors; /* a part of standard error; NULL: nothing there */
} command_case;

#define USERS "--config", "examples/users/config.yml"

static const command_case minos_cases[] = {
    {"nothing", {NULL}, 2, NULL, "usage: minos"},
    {"help", {"--help"}, 0, "cron next PATTERN", NULL},
    {"short help", {"-h"}, 0, "words:", NULL},
    {"help of a word", {"cron", "next", "--help"}, 0, "--from TIME", NULL},
    {"version", {"version"}, 0, "minos 0.", NULL},
    {"unknown word", {"fly"}, 2, NULL, "unknown word: fly"},
    {"unknown option", {"--fly"}, 2, NULL, "unknown option: --fly"},
    {"option of another word", {"version", "--count", "2"}, 2, NULL, "version takes no --count"},
    {"option without argument", {"check", "--config"}, 2, NULL, "lacks its argument"},
    {"too many arguments", {"version", "now"}, 2, NULL, "unexpected argument: now"},
    {"two configs", {"check", "--config", "a.yml", "b.yml"}, 2, NULL, "two configurations"},
    {"set without equals", {"check", "--set", "name"}, 2, NULL, "KEY=VALUE"},
    {"no such config", {"check", "no/such.yml"}, 78, NULL, "no/such.yml"},
    {"version as an option", {"--version"}, 0, "minos 0.", NULL},
    {"half a word", {"cron"}, 2, NULL, "there is \"cron next\""},
    {"half a word, then a wrong one", {"cron", "nxt"}, 2, NULL, "there is \"cron next\""},
    {"help of half a word", {"cron", "--help"}, 0, "--from TIME", NULL},
    {"the beginning of a word is none", {"cro"}, 2, NULL, "unknown word: cro"},
    {"usage ends with its line", {"version", "--help"}, 0, "version [OPTIONS]\n", NULL},
    {"nothing to run", {"run"}, 78, NULL, "no config.yml lies in this folder"},
    {"a config without modules",
     {"run", "examples/users/config.yml"},
     78,
     NULL,
     "names no modules"},
    {"cron without pattern", {"cron", "next"}, 2, NULL, "PATTERN"},
    {"cron",
     {"cron", "next", "--from", "2024-02-28T23:59:59Z", "*/5 * * * *"},
     0,
     "=2024-02-29T00:00:00Z\n",
     NULL},
    {"cron is strictly after",
     {"cron", "next", "--from", "2024-02-29T00:00:00Z", "0 0 * * *"},
     0,
     "=2024-03-01T00:00:00Z\n",
     NULL},
    {"cron from a zone",
     {"cron", "next", "--from", "2024-02-29T01:30:00+02:00", "0 0 * * *"},
     0,
     "=2024-02-29T00:00:00Z\n",
     NULL},
    {"cron count",
     {"cron", "next", "--count", "3", "--from=2023-12-31T23:59:58Z", "* * * * * *"},
     0,
     "=2023-12-31T23:59:59Z\n2024-01-01T00:00:00Z\n2024-01-01T00:00:01Z\n",
     NULL},
    {"cron pattern with a dash behind --", {"cron", "next", "--", "-1 * * * *"}, 2, NULL, "minute"},
    {"cron ends",
     {"cron", "next", "--count", "9", "--from", "2030-01-01T00:00:00Z", "0 0 0 1 1 * 2031"},
     0,
     "=2031-01-01T00:00:00Z\n",
     NULL},
    {"cron is over",
     {"cron", "next", "--from", "2030-01-01T00:00:00Z", "0 0 0 1 1 * 2001"},
     2,
     NULL,
     "year"},
    {"cron reboot", {"cron", "next", "@reboot"}, 0, NULL, NULL},
    {"cron bad minute", {"cron", "next", "61 * * * *"}, 2, NULL, "minute"},
    {"cron never", {"cron", "next", "0 0 31 2 *"}, 2, NULL, "never"},
    {"cron empty", {"cron", "next", ""}, 2, NULL, "minos: "},
    {"cron bad count", {"cron", "next", "--count", "0", "@daily"}, 2, NULL, "--count takes"},
    {"cron huge count",
     {"cron", "next", "--count", "99999999999999999999", "@daily"},
     2,
     NULL,
     "--count takes"},
    {"cron bad from", {"cron", "next", "--from", "yesterday", "@daily"}, 2, NULL, "--from takes"},
    {"completion", {"completion"}, 0, "complete -F _minos minos", NULL},
};

static const command_case users_cases[] = {
    {"check", {"check", USERS}, 0, "users: ok (1 broker, ", NULL},
    {"config as argument", {"check", "examples/users/config.yml"}, 0, "users: ok", NULL},
    {"routes", {"routes", USERS}, 0, "/users/{user_id}", NULL},
    {"routes name their lines", {"routes", USERS}, 0, "examples/users/users.c:", NULL},
    {"routes as json", {"routes", "--json", USERS}, 0, "\"user.create\"", NULL},
    {"config", {"config", USERS}, 0, "interfaces.http.connector.port", NULL},
    {"config tells origins", {"config", USERS}, 0, "examples/users/config.yml:", NULL},
    {"config from the command line",
     {"config", USERS, "--set", "interfaces.http.connector.port=81"},
     0,
     "81",
     NULL},
    {"wrong value",
     {"check", USERS, "--set", "interfaces.http.connector.port=eighty"},
     78,
     NULL,
     "interfaces.http.connector.port"},
    {"wrong key",
     {"check", USERS, "--set", "interfaces.http.conector.port=80"},
     78,
     NULL,
     "connector"},
    {"run with a wrong key",
     {"run", USERS, "--set", "interfaces.http.conector.port=80"},
     78,
     NULL,
     "connector"},
};

static void run_cases(const char *program, const command_case *cases, size_t count)
{
    size_t failed = 0;

    for (size_t i = 0; i < count; i++) {
        const command_case *row = &cases[i];
        const char *argv[12] = {program};
        mn_outcome outcome;
        bool right;
        for (size_t k = 0; row->arguments[k] != NULL; k++)
            argv[k + 1] = row->arguments[k];
        outcome = mn_process_run(argv, NULL, NULL);
        right = outcome.code == row->code;
        if (row->output == NULL)
            right = right && outcome.output[0] == '\0';
        else if (row->output[0] == '=')
            right = right && strcmp(outcome.output, row->output + 1) == 0;
        else
            right = right && strstr(outcome.output, row->output) != NULL;
        right = right && (row->errors == NULL ? outcome.errors[0] == '\0'
                                              : strstr(outcome.errors, row->errors) != NULL);
        if (!right) {
            failed++;
            print_error("%s: code %d\n--- output\n%s--- errors\n%s---\n", row->name, outcome.code,
                        outcome.output, outcome.errors);
        }
        mn_outcome_done(&outcome);
    }
    assert_int_equal(failed, 0);
}

static void test_minos(void **state)
{
    (void)state;
    run_cases(MN_BIN("minos"), minos_cases, sizeof minos_cases / sizeof minos_cases[0]);
}

static void test_users(void **state)
{
    (void)state;
    run_cases(MN_BIN("users"), users_cases, sizeof users_cases / sizeof users_cases[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_minos),
        cmocka_unit_test(test_users),
    };
    return cmocka_run_group_tests_name("functional/command", tests, NULL, NULL);
}
