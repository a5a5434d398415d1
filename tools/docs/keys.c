/*
 * Prints the tables of the configuration for minos.yml(5), a row a line, fields parted by tabs:
 * keys as key, type, default, bounds, sentence; with the argument "names", the original's classes
 * as class, what it is, our name. Not installed.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <minos/time.h>

#include "config/key.h"

static const char *type_text(const mn_key *row)
{
    static const char *const names[] = {
        [MN_KEY_MAP] = "",
        [MN_KEY_FREE] = "anything",
        [MN_KEY_INT] = "integer",
        [MN_KEY_BYTES] = "size",
        [MN_KEY_DURATION] = "length of time",
        [MN_KEY_BOOL] = "true or false",
        [MN_KEY_TEXT] = "text",
        [MN_KEY_NAME] = "name",
        [MN_KEY_NAMES] = "list of names",
        [MN_KEY_PATHS] = "list of files",
    };
    return names[row->type];
}

/* Give the largest unit that leaves no remainder. */
static void print_scaled(int64_t value, const char *const units[], const int64_t sizes[],
                         size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (value % sizes[i] == 0 && value != 0) {
            printf("%" PRId64 "%s%s", value / sizes[i], units[i][0] == '\0' ? "" : " ", units[i]);
            return;
        }
    printf("%" PRId64, value);
}

static void print_bound(const mn_key *row, int64_t value)
{
    static const char *const size_units[] = {"GiB", "MiB", "KiB"};
    static const int64_t sizes[] = {INT64_C(1) << 30, INT64_C(1) << 20, INT64_C(1) << 10};
    static const char *const time_units[] = {"h", "min", "s", "ms", "us"};
    static const int64_t times[] = {MINOS_H, MINOS_MIN, MINOS_S, MINOS_MS, MINOS_US};

    if (row->type == MN_KEY_BYTES)
        print_scaled(value, size_units, sizes, sizeof sizes / sizeof sizes[0]);
    else if (row->type == MN_KEY_DURATION)
        print_scaled(value, time_units, times, sizeof times / sizeof times[0]);
    else
        printf("%" PRId64, value);
}

/*
 * List the names of a role that this build has, or those that it lacks; nothing when there are
 * none.
 */
static void print_names(const mn_key *row, bool absent, const char *head, const char *tail)
{
    const char *before = head;
    if (row->type != MN_KEY_NAME && row->type != MN_KEY_NAMES)
        return;
    for (const mn_name *name = mn_names; name->name != NULL; name++)
        if (name->role == row->role && name->absent == absent) {
            printf("%s%s", before, name->name);
            before = ", ";
        }
    if (before != head)
        printf("%s", tail);
}

static int print_originals(void)
{
    for (const mn_name *name = mn_names; name->name != NULL; name++)
        for (size_t i = 0; i < MN_NAME_ORIGINALS_MAX && name->originals[i] != NULL; i++)
            printf("%s\t%s\t%s%s\n", name->originals[i], mn_role_noun(name->role), name->name,
                   name->absent ? ", not in this build" : "");
    return 0;
}

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "names") == 0)
        return print_originals();
    for (const mn_key *row = mn_keys; row->key != NULL; row++) {
        printf("%s\t%s\t%s\t", row->key, type_text(row),
               row->standard == NULL ? "" : row->standard);
        if (row->type == MN_KEY_INT || row->type == MN_KEY_BYTES || row->type == MN_KEY_DURATION) {
            print_bound(row, row->min);
            if (row->max != INT64_MAX) {
                printf(" to ");
                print_bound(row, row->max);
            } else {
                printf(" or more");
            }
        }
        if (row->type == MN_KEY_NAME)
            print_names(row, false, "one of ", "");
        printf("\t%s", row->doc == NULL ? "" : row->doc);
        if (row->type == MN_KEY_NAMES)
            print_names(row, false, mn_role_open(row->role) ? " Ours: " : " Known: ", ".");
        print_names(row, true, " Not in this build: ", ".");
        if (row->inherits != NULL)
            printf(" When not set, the value of %s counts.", row->inherits);
        if (row->absent != NULL)
            printf(" Not in this build.");
        putchar('\n');
    }
    return 0;
}
