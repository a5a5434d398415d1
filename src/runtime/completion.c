/*
 * The bash completion script, made from the table of words.
 */
#include <stdio.h>
#include <string.h>

#include "runtime/command.h"

/* "cron next" is offered as "cron", then "next". */
static void print_words(void)
{
    for (const mn_word *word = mn_words; word->name != NULL; word++)
        printf("%s%.*s", word == mn_words ? "" : " ", (int)strcspn(word->name, " "), word->name);
}

int mn_word_completion(mn_command *command)
{
    const char *name = command->program;

    printf("# bash completion for %s; made by `%s completion`.\n_%s()\n{\n", name, name, name);
    printf("  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}\n"
           "  COMPREPLY=()\n"
           "  case $previous in\n"
           "    --config | -c | run | check | routes | config)\n"
           "      [[ $current == -* ]] || { mapfile -t COMPREPLY < <(compgen -f -- \"$current\"); "
           "return; } ;;\n"
           "    --set | -s | --count | --from | next) return ;;\n"
           "    cron) mapfile -t COMPREPLY < <(compgen -W next -- \"$current\"); return ;;\n"
           "  esac\n"
           "  if [[ $current == -* ]]; then\n"
           "    mapfile -t COMPREPLY < <(compgen -W '--config --set --help --version --json "
           "--count --from' "
           "-- \"$current\")\n"
           "  elif [ \"$COMP_CWORD\" = 1 ] || [[ $previous == *.yml ]]; then\n"
           "    mapfile -t COMPREPLY < <(compgen -W '");
    print_words();
    printf("' -- \"$current\")\n  fi\n}\ncomplete -F _%s %s\n", name, name);
    return MN_EXIT_OK;
}
