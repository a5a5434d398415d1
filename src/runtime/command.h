/*
 * The command line of every program: `program [--config FILE] [WORD] [ARGUMENTS]`. Words are rows
 * of one table, from which parsing, --help and the shell completion come.
 */
#ifndef MN_RUNTIME_COMMAND_H
#define MN_RUNTIME_COMMAND_H

#include <minos/config.h>
#include <minos/plugin.h>

/* sysexits.h has 78 for configuration; 1 and 2 are the shell's own habit. */
enum { MN_EXIT_OK = 0, MN_EXIT_FAILED = 1, MN_EXIT_USAGE = 2, MN_EXIT_CONFIG = 78 };

/* What the command line said. */
typedef struct mn_command {
    const char *program;          /* last part of argv[0] */
    const minos_plugin *plugin;   /* what the program itself adds */
    const char *config_path;      /* NULL: none given */
    minos_override overrides[65]; /* --set KEY=VALUE, ended by a row without key */
    size_t override_count;
    bool json;
    const char *const *arguments; /* behind the word, options taken out, NULL-terminated */
    size_t argument_count;
    const char *from; /* cron next */
    const char *count;
} mn_command;

typedef struct mn_word {
    const char *name;      /* "run", "cron next" */
    const char *arguments; /* for --help: "[CONFIG]" */
    const char *options;   /* names of the options it takes beside the common ones: "json count" */
    const char *summary;   /* one line */
    const char *help;      /* more, may be "" */
    int (*run)(mn_command *command);
} mn_word;

extern const mn_word mn_words[];

/* The words. Each gives an exit code. */
int mn_word_run(mn_command *command);
int mn_word_check(mn_command *command);
int mn_word_routes(mn_command *command);
int mn_word_config(mn_command *command);
int mn_word_version(mn_command *command);
int mn_word_cron_next(mn_command *command);
int mn_word_message_show(mn_command *command);
int mn_word_message_make(mn_command *command);
int mn_word_completion(mn_command *command);

/* Read the config that the command names and register program, modules and our own services. On
 * failure tells why on standard error and gives the exit code. */
int mn_command_config(mn_command *command, minos_config **ret_config);
/* Tell the newest error on standard error, "users: …", and give the exit code of its kind. */
int mn_command_failed(const mn_command *command, minos_rc rc);

#endif
