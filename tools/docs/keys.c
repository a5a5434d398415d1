/*
 * Prints the table of configuration keys for minos.yml(5), a row a line, its fields parted by tabs:
 * key, type, default, bounds, sentence. Not installed.
 */
#include <inttypes.h>
#include <stdio.h>

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
        [MN_KEY_NAME] = "name of a component",
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

int main(void)
{
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
        printf("\t%s", row->doc == NULL ? "" : row->doc);
        if (row->inherits != NULL)
            printf(" When not set, the value of %s counts.", row->inherits);
        if (row->absent != NULL)
            printf(" Not in this build.");
        putchar('\n');
    }
    return 0;
}
