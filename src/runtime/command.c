/*
 * The command line: see command.h.
 */
#include "runtime/command.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <minos/log.h>
#include <minos/run.h>

#include "base/alloc.h"
#include "runtime/app.h"

#define CONFIG_DEFAULT "config.yml" /* taken when it lies in the working directory */
#define ARGUMENTS_MAX  1024

/* What the scan of argv gathers beside the command. */
typedef struct scanned {
    const char *plain[ARGUMENTS_MAX + 1];
    size_t plain_count;
    unsigned given; /* bit i: options[i] */
    bool help, version;
} scanned;

typedef struct option_row {
    const char *name;
    char letter;          /* '\0': none */
    const char *argument; /* NULL: takes none */
    const char *summary;
    bool is_common;                                                /* every word takes it */
    bool (*take)(mn_command *command, scanned *scan, char *value); /* false: the value is no good */
} option_row;

static bool take_config(mn_command *command, scanned *scan, char *value)
{
    (void)scan;
    command->config_path = value;
    return true;
}

/* KEY=VALUE; the text is the process's own and may be cut in place. */
static bool take_set(mn_command *command, scanned *scan, char *value)
{
    char *equals = strchr(value, '=');

    (void)scan;
    if (equals == NULL || equals == value ||
        command->override_count + 1 >= mn_count_of(command->overrides))
        return false;
    *equals = '\0';
    command->overrides[command->override_count].key = value;
    command->overrides[command->override_count].value = equals + 1;
    command->override_count++;
    return true;
}

static bool take_help(mn_command *command, scanned *scan, char *value)
{
    (void)command, (void)value;
    scan->help = true;
    return true;
}

static bool take_version(mn_command *command, scanned *scan, char *value)
{
    (void)command, (void)value;
    scan->version = true;
    return true;
}

static bool take_json(mn_command *command, scanned *scan, char *value)
{
    (void)scan, (void)value;
    command->json = true;
    return true;
}

static bool take_count(mn_command *command, scanned *scan, char *value)
{
    (void)scan;
    command->count = value;
    return true;
}

static bool take_from(mn_command *command, scanned *scan, char *value)
{
    (void)scan;
    command->from = value;
    return true;
}

static const option_row options[] = {
    {"config", 'c', "FILE", "read this configuration instead of ./" CONFIG_DEFAULT, true,
     take_config},
    {"set", 's', "KEY=VALUE", "override one configuration key; may be given again", true, take_set},
    {"help", 'h', NULL, "show what a word does", true, take_help},
    {"version", '\0', NULL, "print the version", true, take_version},
    {"json", '\0', NULL, "print JSON", false, take_json},
    {"count", '\0', "N", "how many, 1 by default", false, take_count},
    {"from", '\0', "TIME", "after this moment (RFC 3339) instead of now", false, take_from},
};

const mn_word mn_words[] = {
    {"run", "[CONFIG]", "", "run the services until SIGINT or SIGTERM",
     "On SIGINT or SIGTERM no new work is taken, what was taken is finished and answered, then "
     "the\n"
     "process ends; a second SIGINT ends it at once. This is the word when none is given.\n",
     mn_word_run},
    {"check", "[CONFIG]", "", "check configuration, routes and cron patterns without starting", "",
     mn_word_check},
    {"routes", "[CONFIG]", "json", "list what the services answer, and where each row stands", "",
     mn_word_routes},
    {"config", "[CONFIG]", "json", "print every key's value and where it comes from", "",
     mn_word_config},
    {"version", "", "", "print the version", "", mn_word_version},
    {"cron next", "PATTERN", "count from", "print when a cron pattern fires next, in UTC",
     "Fires strictly after TIME, one RFC 3339 time a line. @reboot prints nothing. A pattern that\n"
     "is malformed or never fires: exit code 2.\n",
     mn_word_cron_next},
    {"message show", "FILE...", "", "print messages and values in Avro files as tagged JSON",
     "One JSON object a file, a line each; - is standard input. Types that JSON lacks are objects\n"
     "of one name, such as {\"$datetime\": \"2022-05-09T18:30:15.123456Z\"}. A file that cannot "
     "be\n"
     "read is told on standard error, the others are shown: exit code 1.\n",
     mn_word_message_show},
    {"message make", "FILE", "", "write the Avro file that tagged JSON describes",
     "To standard output; the JSON is as `message show` prints it, - is standard input.\n",
     mn_word_message_make},
    {"completion", "", "", "print the completion script for bash", "", mn_word_completion},
    {NULL, NULL, NULL, NULL, NULL, NULL},
};

static bool has_word(const char *list, const char *name)
{
    size_t length = strlen(name);
    for (const char *at = list; (at = strstr(at, name)) != NULL; at += length)
        if ((at == list || at[-1] == ' ') && (at[length] == ' ' || at[length] == '\0'))
            return true;
    return false;
}

static void print_option(FILE *out, const option_row *row)
{
    char text[64], letter[8] = "    ";
    if (row->letter != '\0')
        snprintf(letter, sizeof letter, "-%c, ", row->letter);
    snprintf(text, sizeof text, "%s--%s%s%s", letter, row->name, row->argument == NULL ? "" : " ",
             row->argument == NULL ? "" : row->argument);
    fprintf(out, "  %-22s %s\n", text, row->summary);
}

static void print_help(FILE *out, const mn_command *command)
{
    fprintf(out, "usage: %s [--config FILE] [WORD] [ARGUMENTS]\n\nwords:\n", command->program);
    for (const mn_word *word = mn_words; word->name != NULL; word++) {
        char text[64];
        snprintf(text, sizeof text, "%s %s", word->name, word->arguments);
        fprintf(out, "  %-22s %s\n", text, word->summary);
    }
    fprintf(out, "\noptions of every word:\n");
    for (size_t i = 0; i < mn_count_of(options); i++)
        if (options[i].is_common)
            print_option(out, &options[i]);
    fprintf(out, "\n`%s WORD --help` tells more; minos(1) and minos.yml(5) are the manual.\n",
            command->program);
}

static void print_word_help(const mn_command *command, const mn_word *word)
{
    printf("usage: %s %s [OPTIONS]%s%s\n\n%s.\n%s\noptions:\n", command->program, word->name,
           word->arguments[0] == '\0' ? "" : " ", word->arguments, word->summary, word->help);
    for (size_t i = 0; i < mn_count_of(options); i++)
        if (options[i].is_common || has_word(word->options, options[i].name))
            print_option(stdout, &options[i]);
    printf("\nexit codes: 0 ok, 1 failed, 2 usage, 78 configuration\n");
}

static int usage_error(const mn_command *command, const char *what, const char *which)
{
    fprintf(stderr, "%s: %s: %s\nTry `%s --help`.\n", command->program, what, which,
            command->program);
    return MN_EXIT_USAGE;
}

static const option_row *option_find(const char *text, const char **ret_value)
{
    for (size_t i = 0; i < mn_count_of(options); i++) {
        const option_row *row = &options[i];
        size_t length = strlen(row->name);
        *ret_value = NULL;
        if (text[0] == '-' && text[1] == '-' && strncmp(text + 2, row->name, length) == 0) {
            if (text[2 + length] == '\0')
                return row;
            if (text[2 + length] == '=' && row->argument != NULL) {
                *ret_value = text + 3 + length;
                return row;
            }
        }
        if (row->letter != '\0' && text[0] == '-' && text[1] == row->letter) {
            if (text[2] == '\0')
                return row;
            if (row->argument != NULL) {
                *ret_value = text + 2;
                return row;
            }
        }
    }
    return NULL;
}

static int scan_arguments(mn_command *command, scanned *scan, int argc, char **argv)
{
    bool only_plain = false;

    for (int i = 1; i < argc; i++) {
        const option_row *row;
        const char *value;
        if (only_plain || argv[i][0] != '-' || argv[i][1] == '\0') {
            if (scan->plain_count == ARGUMENTS_MAX)
                return usage_error(command, "too many arguments", argv[i]);
            scan->plain[scan->plain_count++] = argv[i];
            continue;
        }
        if (strcmp(argv[i], "--") == 0) {
            only_plain = true;
            continue;
        }
        row = option_find(argv[i], &value);
        if (row == NULL)
            return usage_error(command, "unknown option", argv[i]);
        if (row->argument != NULL && value == NULL && (value = argv[++i]) == NULL)
            return usage_error(command, "the option lacks its argument", argv[i - 1]);
        scan->given |= 1u << (row - options);
        if (!row->take(command, scan, (char *)value))
            return usage_error(command, "not KEY=VALUE, or too many", value);
    }
    return MN_EXIT_OK;
}

/* The longest word that the plain arguments begin with. */
static const mn_word *word_find(const scanned *scan, size_t *ret_parts)
{
    char two[128] = "";

    if (scan->plain_count >= 2)
        snprintf(two, sizeof two, "%s %s", scan->plain[0], scan->plain[1]);
    for (const mn_word *word = mn_words; word->name != NULL; word++) {
        *ret_parts = 2;
        if (strcmp(word->name, two) == 0)
            return word;
        *ret_parts = 1;
        if (strcmp(word->name, scan->plain[0]) == 0)
            return word;
    }
    return NULL;
}

/* "cron" is the first half of "cron next". */
static const mn_word *word_begun(const char *half)
{
    size_t length = strlen(half);

    for (const mn_word *word = mn_words; word->name != NULL; word++)
        if (strncmp(word->name, half, length) == 0 && word->name[length] == ' ')
            return word;
    return NULL;
}

/* What was typed is no word: half of one shows how it goes on. */
static int no_such_word(const mn_command *command, const scanned *scan)
{
    const mn_word *whole = word_begun(scan->plain[0]);

    if (whole == NULL)
        return usage_error(command, "unknown word", scan->plain[0]);
    if (scan->help) {
        print_word_help(command, whole);
        return MN_EXIT_OK;
    }
    fprintf(stderr, "%s: unknown word: %s; there is \"%s\"\nTry `%s %s --help`.\n",
            command->program, scan->plain[0], whole->name, command->program, whole->name);
    return MN_EXIT_USAGE;
}

static int check_options(const mn_command *command, const scanned *scan, const mn_word *word)
{
    for (size_t i = 0; i < mn_count_of(options); i++)
        if ((scan->given & 1u << i) != 0 && !options[i].is_common &&
            !has_word(word->options, options[i].name)) {
            fprintf(stderr, "%s: %s takes no --%s\n", command->program, word->name,
                    options[i].name);
            return MN_EXIT_USAGE;
        }
    return MN_EXIT_OK;
}

/* Words that read a config take it as an argument too. */
static int settle_arguments(mn_command *command, const mn_word *word)
{
    size_t most = strstr(word->arguments, "...") != NULL ? ARGUMENTS_MAX
                  : word->arguments[0] == '\0'           ? 0
                                                         : 1;
    bool has_optional = word->arguments[0] == '\0' || word->arguments[0] == '[';

    if (command->argument_count > most)
        return usage_error(command, "unexpected argument", command->arguments[most]);
    if (strcmp(word->arguments, "[CONFIG]") == 0 && command->argument_count == 1) {
        if (command->config_path != NULL)
            return usage_error(command, "two configurations", command->arguments[0]);
        command->config_path = command->arguments[0];
    }
    if (!has_optional && command->argument_count == 0)
        return usage_error(command, "an argument is missing", word->arguments);
    return MN_EXIT_OK;
}

int minos_main_plugin(int argc, char **argv, const minos_plugin *plugin)
{
    const char *slash = argc > 0 ? strrchr(argv[0], '/') : NULL;
    mn_command command = {.program = slash != NULL ? slash + 1
                                     : argc > 0    ? argv[0]
                                                   : "minos",
                          .plugin = plugin};
    scanned scan = {.plain_count = 0};
    const mn_word *word = &mn_words[0];
    size_t parts = 0;
    int code = scan_arguments(&command, &scan, argc, argv);

    if (code != MN_EXIT_OK)
        return code;
    if (scan.version)
        return mn_word_version(&command);
    if (scan.plain_count != 0) {
        word = word_find(&scan, &parts);
        if (word == NULL)
            return no_such_word(&command, &scan);
    } else if (scan.help || plugin->services == NULL) {
        /* Without services of its own a program has nothing to run by default. */
        print_help(scan.help ? stdout : stderr, &command);
        return scan.help ? MN_EXIT_OK : MN_EXIT_USAGE;
    }
    if (scan.help) {
        print_word_help(&command, word);
        return MN_EXIT_OK;
    }
    command.arguments = scan.plain + parts;
    command.argument_count = scan.plain_count - parts;
    code = check_options(&command, &scan, word);
    if (code == MN_EXIT_OK)
        code = settle_arguments(&command, word);
    return code != MN_EXIT_OK ? code : word->run(&command);
}

int minos_main(int argc, char **argv, const minos_service *const *services)
{
    minos_plugin plugin = {MINOS_PLUGIN("program"), .services = services};
    return minos_main_plugin(argc, argv, &plugin);
}

int mn_command_failed(const mn_command *command, minos_rc rc)
{
    char chain[16384];
    const minos_error *error = minos_error_last();
    bool is_config = minos_rc_is_a(rc, MINOS_ECONFIG) || minos_rc_is_a(rc, MINOS_EENROUTE);

    /* A user's mistake is told by its words alone; anything else with the way it went. */
    if (is_config)
        snprintf(chain, sizeof chain, "%s", minos_error_message(error));
    else
        minos_error_describe(error, chain, sizeof chain);
    fprintf(stderr, "%s: %s\n", command->program, chain);
    return is_config ? MN_EXIT_CONFIG : MN_EXIT_FAILED;
}

static minos_rc register_all(const mn_command *command, minos_config *config)
{
    MINOS_TRY(minos_config_register(config, &mn_builtin_plugin));
    if (command->plugin->services != NULL || command->plugin->middleware != NULL ||
        command->plugin->ports != NULL || command->plugin->codecs != NULL)
        MINOS_TRY(minos_config_register(config, command->plugin));
    return mn_modules_load(config);
}

int mn_command_config(mn_command *command, minos_config **ret_config)
{
    const char *path = command->config_path;
    minos_rc rc;

    if (path == NULL && access(CONFIG_DEFAULT, F_OK) == 0)
        path = CONFIG_DEFAULT;
    rc = minos_config_new(path, command->overrides, ret_config);
    if (rc != MINOS_OK) {
        int code = mn_command_failed(command, rc);
        return rc == MINOS_EIO ? MN_EXIT_CONFIG : code; /* an unreadable file is a wrong --config */
    }
    rc = register_all(command, *ret_config);
    if (rc != MINOS_OK) {
        int code = mn_command_failed(command, rc);
        minos_config_free(*ret_config);
        return code;
    }
    return MN_EXIT_OK;
}
