/*
 * simdjson and the C++ library behind C: see simd.h.
 *
 * Each thread keeps one parser. Its memory follows the largest text seen, up to KEEP_BYTES; a
 * larger text gets a parser that is freed afterwards, so that one big request does not stay in
 * memory.
 */
#include "codec/simd.h"

#include <charconv>
#include <cstdlib>
#include <cstring>
#include <new>

#include <simdjson.h>

static_assert(simdjson::SIMDJSON_PADDING <= MN_SIMD_PADDING_BYTES, "more padding is needed");

namespace
{

constexpr size_t CAPACITY_MIN = 16u << 10;
constexpr size_t KEEP_BYTES = 1u << 20;

struct memory {
    char *bytes = nullptr;
    size_t size = 0;

    ~memory()
    {
        std::free(bytes);
    }

    char *room(size_t wanted)
    {
        if (wanted > size) {
            char *more = static_cast<char *>(std::malloc(wanted));
            if (more == nullptr)
                return nullptr;
            std::free(bytes);
            bytes = more;
            size = wanted;
        }
        return bytes;
    }
};

} // namespace

struct mn_simd_parser {
    simdjson::dom::parser parser;
    memory padded;  /* a copy of the text when its own memory ends too soon */
    memory scratch; /* the caller's */
};

namespace
{

struct thread_parser {
    mn_simd_parser *free = nullptr;

    ~thread_parser()
    {
        delete free;
    }
};

thread_local thread_parser mine;

size_t capacity_for(size_t size)
{
    size_t capacity = CAPACITY_MIN;
    while (capacity < size)
        capacity *= 2;
    return capacity;
}

} // namespace

mn_simd_parser *mn_simd_parser_take(void)
{
    mn_simd_parser *parser = mine.free;
    if (parser == nullptr)
        return new (std::nothrow) mn_simd_parser;
    mine.free = nullptr;
    return parser;
}

void mn_simd_parser_give(mn_simd_parser *parser)
{
    if (parser == nullptr)
        return;
    if (mine.free != nullptr || parser->parser.capacity() > KEEP_BYTES ||
        parser->scratch.size > KEEP_BYTES)
        delete parser;
    else
        mine.free = parser;
}

mn_simd_result mn_simd_parse(mn_simd_parser *parser, minos_view text, size_t readable_after,
                             int depth_max, mn_tape *ret_tape)
{
    simdjson::dom::parser &own = parser->parser;
    const char *data = text.data;
    simdjson::error_code error;

    if (text.size == 0 || *data == '\xef')
        return MN_SIMD_MALFORMED; /* later simdjsons would skip a byte order mark */
    if (own.capacity() < text.size) {
        size_t capacity = capacity_for(text.size);
        if (own.allocate(capacity, static_cast<size_t>(depth_max)) != simdjson::SUCCESS ||
            own.doc.allocate(capacity) != simdjson::SUCCESS)
            return MN_SIMD_NO_MEMORY;
    }
    if (readable_after < MN_SIMD_PADDING_BYTES) {
        char *copy = parser->padded.room(own.capacity() + MN_SIMD_PADDING_BYTES);
        if (copy == nullptr)
            return MN_SIMD_NO_MEMORY;
        std::memcpy(copy, data, text.size);
        std::memset(copy + text.size, 0, MN_SIMD_PADDING_BYTES);
        data = copy;
    }
    error = own.parse(data, text.size, false).error();
    if (error == simdjson::MEMALLOC)
        return MN_SIMD_NO_MEMORY;
    if (error != simdjson::SUCCESS)
        return MN_SIMD_MALFORMED;
    ret_tape->words = own.doc.tape.get();
    ret_tape->strings = reinterpret_cast<const char *>(own.doc.string_buf.get());
    return MN_SIMD_OK;
}

void *mn_simd_scratch(mn_simd_parser *parser, size_t bytes)
{
    return parser->scratch.room(bytes);
}

bool mn_utf8_valid(minos_view text)
{
    return text.size == 0 || simdjson::validate_utf8(text.data, text.size);
}

size_t mn_double_write(double number, char text[MN_DOUBLE_BYTES_MAX])
{
    std::to_chars_result end = std::to_chars(text, text + MN_DOUBLE_BYTES_MAX, number);
    return static_cast<size_t>(end.ptr - text);
}

/* from_chars refuses both what is too near zero and what is too large; this tells the former. */
static bool is_tiny(const char *at, const char *end)
{
    int64_t power = 0, written = 0;
    bool significant = false, fraction = false, negative;

    at += *at == '-';
    for (; at != end && *at != 'e' && *at != 'E'; at++) {
        if (*at == '.') {
            fraction = true;
            continue;
        }
        significant = significant || *at != '0';
        power += significant && !fraction;
        power -= !significant && fraction;
    }
    at += at != end;
    negative = at != end && *at == '-';
    at += at != end && (*at == '-' || *at == '+');
    for (; at != end && written < INT64_C(1) << 40; at++)
        written = written * 10 + (*at - '0');
    return !significant || power + (negative ? -written : written) <= 0;
}

bool mn_double_fits(minos_view digits)
{
    const char *end = digits.data + digits.size;
    double number = 0;
    std::from_chars_result result = std::from_chars(digits.data, end, number);
    return result.ec == std::errc() ||
           (result.ec == std::errc::result_out_of_range && is_tiny(digits.data, end));
}
