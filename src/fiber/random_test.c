/*
 * Randomness: known answers of RFC 8439, and that forks and threads share no bytes.
 */
#include "support/support.h"

#include <pthread.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/env.h"
#include "fiber/random.h"

/* Block `block` of four, from the interleaved words. */
static void block_of(const uint8_t out[256], size_t block, uint8_t bytes[64])
{
    for (size_t word = 0; word < 16; word++)
        memcpy(bytes + word * 4, out + word * 16 + block * 4, 4);
}

/* RFC 8439 A.1, test vectors 1 to 3: zero nonce. */
static const struct row {
    const char *name;
    uint8_t key_last; /* the other bytes are 0 */
    uint64_t counter;
    uint8_t begin[8]; /* of the key stream */
} rows[] = {
    {"vector 1", 0, 0, {0x76, 0xb8, 0xe0, 0xad, 0xa0, 0xf1, 0x3d, 0x90}},
    {"vector 2", 0, 1, {0x9f, 0x07, 0xe7, 0xbe, 0x55, 0x51, 0x38, 0x7a}},
    {"vector 3", 1, 1, {0x3a, 0xeb, 0x52, 0x24, 0xec, 0xf8, 0x49, 0x92}},
};

static void blocks_are_those_of_the_rfc(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct row *row = &rows[i];
        uint8_t key[MN_CHACHA_KEY_BYTES] = {0}, out[256], bytes[64];
        key[31] = row->key_last;
        /* The same block must come out of every lane. */
        for (uint64_t lane = 0; lane <= row->counter; lane++) {
            mn_chacha(key, 20, row->counter - lane, out);
            block_of(out, lane, bytes);
            if (memcmp(bytes, row->begin, sizeof row->begin) != 0)
                fail_msg("%s: lane %d", row->name, (int)lane);
        }
    }
}

static void bytes_differ_each_time_and_size(void **state)
{
    static const size_t sizes[] = {1, 15, 16, 17, 1000, 1024, 5000};
    uint8_t before[5000], after[5000];
    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        size_t size = sizes[i];
        int same = 0;
        for (int round = 0; round < 50; round++) {
            memset(before, 0, size);
            memset(after, 0, size);
            mn_random_real(before, size);
            mn_random_real(after, size);
            same += memcmp(before, after, size) == 0;
        }
        assert_true(size == 1 ? same < 10 : same == 0);
    }
}

static void every_bit_is_seen_about_half_of_the_time(void **state)
{
    int ones[128] = {0};
    (void)state;
    for (int round = 0; round < 10000; round++) {
        uint8_t bytes[16];
        mn_random_real(bytes, sizeof bytes);
        for (int bit = 0; bit < 128; bit++)
            ones[bit] += bytes[bit / 8] >> (bit % 8) & 1;
    }
    for (int bit = 0; bit < 128; bit++) /* ten standard deviations */
        assert_in_range(ones[bit], 4500, 5500);
}

static void a_forked_child_has_its_own(void **state)
{
    uint8_t ours[16], theirs[16] = {0};
    int pipes[2], status;
    pid_t child;
    (void)state;

    mn_random_real(ours, sizeof ours); /* the state exists */
    assert_int_equal(pipe(pipes), 0);
    child = fork();
    if (child == 0) {
        mn_random_real(theirs, sizeof theirs);
        _exit(write(pipes[1], theirs, sizeof theirs) == sizeof theirs ? 0 : 1);
    }
    mn_random_real(ours, sizeof ours);
    assert_int_equal(read(pipes[0], theirs, sizeof theirs), sizeof theirs);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_memory_not_equal(ours, theirs, sizeof ours);
    close(pipes[0]);
    close(pipes[1]);
}

static void *take(void *bytes)
{
    mn_env->random(bytes, 16);
    return NULL;
}

static void threads_have_their_own(void **state)
{
    uint8_t bytes[4][16] = {{0}};
    pthread_t threads[4];
    (void)state;
    for (int i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, take, bytes[i]), 0);
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    for (int i = 1; i < 4; i++)
        assert_memory_not_equal(bytes[0], bytes[i], 16);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks_are_those_of_the_rfc),
        cmocka_unit_test(bytes_differ_each_time_and_size),
        cmocka_unit_test(every_bit_is_seen_about_half_of_the_time),
        cmocka_unit_test(a_forked_child_has_its_own),
        cmocka_unit_test(threads_have_their_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
