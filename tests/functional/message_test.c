/*
 * `minos message show` and `make` on the bytes that the original wrote (tests/vectors): each file
 * is shown as its JSON says, and what is made of that JSON is shown the same. Files that are wrong
 * are told by name, the others shown.
 */
#include "support/support.h"

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <minos/codec.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "codec/value.h"
#include "support/process.h"

#define MINOS_PROGRAM MN_BIN("minos")

static char folder[] = "/tmp/minos-message-XXXXXX";

static int folder_make(void **state)
{
    (void)state;
    return mkdtemp(folder) == NULL ? -1 : 0;
}

static int folder_remove(void **state)
{
    const char *argv[] = {"/bin/rm", "-r", folder, NULL};
    mn_outcome outcome = mn_process_run(argv, NULL, NULL);
    (void)state;
    mn_outcome_done(&outcome);
    return 0;
}

/* A shell runs it: what `make` writes goes to a file. */
static mn_outcome run(const char *format, const char *first, const char *second)
{
    char line[1024];
    const char *argv[] = {"/bin/sh", "-c", line, NULL};

    snprintf(line, sizeof line, format, first, second);
    return mn_process_run(argv, NULL, NULL);
}

static const minos_value *read_json(const char *path, minos_arena *arena)
{
    char *text = mn_alloc(1 << 20);
    FILE *file = fopen(path, "rb");
    const minos_value *json;
    size_t size;

    assert_non_null(file);
    size = fread(text, 1, 1 << 20, file);
    fclose(file);
    assert_ok(minos_json_decode(minos_view_make(text, size), arena, &json));
    free(text);
    return json;
}

/* What `show` printed against what a vector's JSON says, its remarks left out. */
static void check_shown(const char *path, const char *shown, minos_arena *arena)
{
    static const char *const fields[] = {"kind", "message", "value"};
    const minos_value *expected = read_json(path, arena), *got;

    assert_ok(minos_json_decode(minos_view_of(shown), arena, &got));
    assert_int_equal(minos_value_count(got), 2);
    for (size_t i = 0; i < mn_count_of(fields); i++) {
        const minos_value *want = minos_value_get(expected, fields[i]);
        const minos_value *have = minos_value_get(got, fields[i]);
        if ((want == NULL) != (have == NULL) || (want != NULL && !minos_value_equal(want, have)))
            fail_msg("%s: %s", path, shown);
    }
}

static void vectors_are_shown_and_made(void **state)
{
    glob_t paths;
    (void)state;

    assert_int_equal(glob("tests/vectors/*.json", 0, NULL, &paths), 0);
    assert_true(paths.gl_pathc >= 41);
    for (size_t i = 0; i < paths.gl_pathc; i++) {
        MINOS_AUTO(minos_arena) *arena = minos_arena_new(0);
        const char *json = paths.gl_pathv[i];
        char avro[256];
        mn_outcome outcome;
        snprintf(avro, sizeof avro, "%.*s.avro", (int)strlen(json) - 5, json);
        outcome = run(MINOS_PROGRAM " message show %s", avro, "");
        assert_string_equal(outcome.errors, "");
        assert_int_equal(outcome.code, 0);
        check_shown(json, outcome.output, arena);
        mn_outcome_done(&outcome);
        outcome = run(MINOS_PROGRAM " message make %s >%s/made && " MINOS_PROGRAM
                                    " message show - <%2$s/made",
                      json, folder);
        assert_string_equal(outcome.errors, "");
        assert_int_equal(outcome.code, 0);
        check_shown(json, outcome.output, arena);
        mn_outcome_done(&outcome);
    }
    globfree(&paths);
}

static void the_same_json_makes_the_same_bytes(void **state)
{
    mn_outcome outcome =
        run("cd %s && for i in 1 2; do " MINOS_PROGRAM " message make %s >$i; done && cmp 1 2",
            folder, MN_SOURCE_DIR "/tests/vectors/model_declarative.json");
    (void)state;
    assert_string_equal(outcome.errors, "");
    assert_int_equal(outcome.code, 0);
    mn_outcome_done(&outcome);
}

static const struct {
    const char *name, *line;
    int code;
    const char *output; /* a part of it */
    const char *errors; /* a part of it */
} rows[] = {
    {"show nothing", MINOS_PROGRAM " message show", 2, "", "an argument is missing: FILE"},
    {"make nothing", MINOS_PROGRAM " message make", 2, "", "an argument is missing: FILE"},
    {"make two", MINOS_PROGRAM " message make a b", 2, "", "unexpected argument: b"},
    {"half a word", MINOS_PROGRAM " message", 2, "", "message show"},
    {"no file", MINOS_PROGRAM " message show /no/such", 1, "",
     "/no/such: cannot be opened: No such file"},
    {"a folder", MINOS_PROGRAM " message show /tmp", 1, "", "/tmp: cannot be read: Is a directory"},
    {"no Avro", "echo x | " MINOS_PROGRAM " message show -", 1, "",
     "-: malformed Avro file at byte 0: it does not begin with"},
    {"cut off", "head -c 900 tests/vectors/null.avro | " MINOS_PROGRAM " message show -", 1, "",
     "-: malformed Avro file at byte "},
    {"one of three",
     MINOS_PROGRAM " message show tests/vectors/null.avro /no/such tests/vectors/http_str.avro", 1,
     "\"VectorNull\"", "/no/such: "},
    {"the other of three",
     MINOS_PROGRAM " message show tests/vectors/null.avro /no/such tests/vectors/http_str.avro", 1,
     "\n{\"kind\": \"value\", \"value\": \"plain text as avro\"}\n", "/no/such: "},
    {"full device", MINOS_PROGRAM " message show tests/vectors/null.avro >/dev/full", 1, "",
     "cannot write to standard output"},
    {"no JSON", "echo '{' | " MINOS_PROGRAM " message make -", 1, "", "-: malformed JSON at line"},
    {"no kind", "echo '{}' | " MINOS_PROGRAM " message make -", 1, "", "\"kind\" is neither"},
    {"no object", "echo '[]' | " MINOS_PROGRAM " message make -", 1, "", "\"kind\" is neither"},
    {"no value", "echo '{\"kind\":\"value\"}' | " MINOS_PROGRAM " message make -", 1, "",
     "\"value\" is missing"},
    {"no message", "echo '{\"kind\":\"message\"}' | " MINOS_PROGRAM " message make -", 1, "",
     "\"message\" is null, not an object"},
    {"no topic", "echo '{\"kind\":\"message\",\"message\":{}}' | " MINOS_PROGRAM " message make -",
     1, "", "field topic is missing"},
    {"an unknown field",
     "echo '{\"kind\":\"message\",\"message\":{\"topic\":\"a\",\"to\":1}}' | " MINOS_PROGRAM
     " message make -",
     1, "", "a message has no field \"to\""},
    {"a malformed tag",
     "echo '{\"kind\":\"value\",\"value\":{\"$int\":\"x\"}}' | " MINOS_PROGRAM " message make -", 1,
     "", "\"$int\" is not a text of an integer"},
    {"a topic is enough",
     "echo '{\"kind\":\"message\",\"message\":{\"topic\":\"a\"}}' | " MINOS_PROGRAM
     " message make - | " MINOS_PROGRAM " message show -",
     0, "\"status\": 200, \"ok\": true, \"headers\": {}, \"content\": null}}\n", ""},
};

static void files_that_are_wrong(void **state)
{
    (void)state;
    for (size_t i = 0; i < mn_count_of(rows); i++) {
        mn_outcome outcome = run("%s%s", rows[i].line, "");
        if (outcome.code != rows[i].code || strstr(outcome.output, rows[i].output) == NULL ||
            strstr(outcome.errors, rows[i].errors) == NULL)
            fail_msg("%s: %d, %s%s", rows[i].name, outcome.code, outcome.output, outcome.errors);
        mn_outcome_done(&outcome);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(vectors_are_shown_and_made),
        cmocka_unit_test(the_same_json_makes_the_same_bytes),
        cmocka_unit_test(files_that_are_wrong),
    };
    return cmocka_run_group_tests_name("functional/message", tests, folder_make, folder_remove);
}
