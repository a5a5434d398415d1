/*
 * The table of media types: built-in rows, then those of plugins. A content type that no row knows
 * is the peer's fault.
 */
#include "codec/codec.h"

#include <stdatomic.h>

#include "base/alloc.h"
#include "base/buffer.h"
#include "codec/avro.h"
#include "codec/avro_write.h"
#include "codec/form.h"
#include "codec/json.h"
#include "codec/media_type.h"
#include "codec/text.h"
#include "codec/value_sink.h"

static minos_rc json_decode(minos_view body, minos_view charset, minos_arena *arena,
                            minos_sink sink)
{
    (void)charset;
    (void)arena;
    return mn_json_decode(body, 0, sink);
}

static minos_rc form_decode(minos_view body, minos_view charset, minos_arena *arena,
                            minos_sink sink)
{
    minos_value *map;
    (void)charset;
    MINOS_TRY(mn_form_decode(body, arena, &map));
    return mn_value_replay(map, sink);
}

/* JSON is first and also serves every other type with suffix +json (RFC 6839 §3.1). */
static const minos_codec builtin[] = {
    {.media_type = "application/json", .decode = json_decode, .encode = mn_json_encode},
    {.media_type = "application/problem+json", .decode = json_decode, .encode = mn_json_encode},
    {.media_type = "application/x-www-form-urlencoded",
     .decode = form_decode,
     .encode = mn_form_encode},
    {.media_type = "text/plain", .decode = mn_text_decode, .encode = mn_text_encode},
    {.media_type = "application/octet-stream",
     .decode = mn_bytes_decode,
     .encode = mn_bytes_encode},
    {.media_type = "avro/binary", .decode = mn_avro_decode, .encode = mn_avro_encode},
};

/* Written at start only; readers see a row when they see the count that includes it. */
static const minos_codec *added[MN_CODECS_MAX];
static atomic_size_t added_count;

static const minos_codec *find_name(minos_view name)
{
    static const char suffix[] = "+json";
    size_t count = atomic_load_explicit(&added_count, memory_order_acquire);

    for (size_t i = 0; i < mn_count_of(builtin); i++)
        if (minos_view_is(name, builtin[i].media_type))
            return &builtin[i];
    for (size_t i = 0; i < count; i++)
        if (minos_view_is(name, added[i]->media_type))
            return added[i];
    if (name.size > sizeof suffix - 1 &&
        memcmp(name.data + name.size - (sizeof suffix - 1), suffix, sizeof suffix - 1) == 0)
        return &builtin[0];
    return NULL;
}

minos_rc mn_codec_register(const minos_codec *codec)
{
    size_t count = atomic_load_explicit(&added_count, memory_order_relaxed);
    mn_media_type type;

    if (codec == NULL || codec->media_type == NULL || codec->decode == NULL ||
        codec->encode == NULL)
        return minos_fail(MINOS_EINVAL, "a codec lacks media_type, decode or encode");
    if (mn_media_type_read(minos_view_of(codec->media_type), &type) != NULL ||
        !minos_view_is(mn_media_type_name(&type), codec->media_type))
        return minos_fail(MINOS_EINVAL, "\"%s\" is no media type in lower case", codec->media_type);
    if (find_name(mn_media_type_name(&type)) != NULL)
        return minos_fail(MINOS_EEXISTS, "there is a codec for \"%s\" already", codec->media_type);
    if (count == MN_CODECS_MAX)
        return minos_fail(MINOS_EFULL, "there are %d codecs of plugins already", MN_CODECS_MAX);
    added[count] = codec;
    atomic_store_explicit(&added_count, count + 1, memory_order_release);
    return MINOS_OK;
}

const minos_codec *minos_codec_find(minos_view content_type)
{
    mn_media_type type;
    if (mn_media_type_read(content_type, &type) != NULL)
        return NULL;
    return find_name(mn_media_type_name(&type));
}

/* Find the codec and the charset; the charset of all but plain text can only be UTF-8. */
static minos_rc choose(minos_view content_type, mn_media_type *type, const minos_codec **ret_codec)
{
    const char *fault = mn_media_type_read(content_type, type);
    int shown = content_type.size < MN_MEDIA_TYPE_BYTES_MAX ? (int)content_type.size
                                                            : MN_MEDIA_TYPE_BYTES_MAX;

    if (fault != NULL)
        return minos_fail(MINOS_EMEDIATYPE, "malformed content type \"%.*s\": %s", shown,
                          content_type.data == NULL ? "" : content_type.data, fault);
    *ret_codec = find_name(mn_media_type_name(type));
    return MINOS_OK;
}

static minos_rc check_charset(const minos_codec *codec, const mn_media_type *type)
{
    if (type->charset_size == 0 || codec->decode == mn_text_decode ||
        codec->decode == mn_bytes_decode || codec->decode == mn_avro_decode ||
        mn_charset_of(mn_media_type_charset(type)) == MN_CHARSET_UTF8)
        return MINOS_OK;
    return minos_fail(MINOS_EMEDIATYPE, "charset \"%s\" is not supported for %s, utf-8 is",
                      type->charset, type->name);
}

static minos_rc decode_with(const minos_codec *codec, minos_view body, minos_view charset,
                            minos_arena *arena, const minos_value **ret_value)
{
    mn_value_sink sink;
    mn_value_sink_init(&sink, arena);
    MINOS_TRY(codec->decode(body, charset, arena, mn_value_sink_of(&sink)));
    return mn_value_sink_end(&sink, ret_value);
}

minos_rc mn_decode(minos_view content_type, minos_view body, size_t readable_after,
                   minos_arena *arena, const minos_value **ret_value)
{
    const minos_codec *codec;
    mn_media_type type;

    if (minos_view_is(content_type, builtin[0].media_type))
        return mn_json_decode_value(body, readable_after, arena, ret_value);
    MINOS_TRY(choose(content_type, &type, &codec));
    if (codec == NULL)
        return minos_fail(MINOS_EMEDIATYPE, "content type \"%s\" is not supported", type.name);
    MINOS_TRY(check_charset(codec, &type));
    if (codec->decode == json_decode)
        return mn_json_decode_value(body, readable_after, arena, ret_value);
    if (codec->decode == form_decode) {
        minos_value *map;
        MINOS_TRY(mn_form_decode(body, arena, &map));
        *ret_value = map;
        return MINOS_OK;
    }
    return decode_with(codec, body, mn_media_type_charset(&type), arena, ret_value);
}

minos_rc minos_decode(minos_view content_type, minos_view body, minos_arena *arena,
                      const minos_value **ret_value)
{
    return mn_decode(content_type, body, 0, arena, ret_value);
}

/* What was written is UTF-8; a content type that says otherwise is only true of ASCII. */
static minos_rc check_written(const mn_media_type *type, minos_view written)
{
    mn_charset charset = mn_charset_of(mn_media_type_charset(type));

    if (charset == MN_CHARSET_UTF8)
        return MINOS_OK;
    if (charset == MN_CHARSET_UNKNOWN)
        return minos_fail(MINOS_EMEDIATYPE, "charset \"%s\" is not supported, utf-8 is",
                          type->charset);
    for (size_t i = 0; i < written.size; i++)
        if ((unsigned char)written.data[i] >= 0x80)
            return minos_fail(MINOS_EINVAL, "the value holds characters that are not in %s",
                              type->charset);
    return MINOS_OK;
}

static minos_rc encode_as(minos_view content_type, const minos_value *value, minos_buffer *out)
{
    size_t begin = out->size;
    const minos_codec *codec;
    mn_media_type type;

    MINOS_TRY(choose(content_type, &type, &codec));
    if (codec == NULL && minos_value_type(value) == MINOS_TYPE_BYTES)
        return mn_bytes_encode(value, out);
    if (codec == NULL)
        return minos_fail(MINOS_EMEDIATYPE, "content type \"%s\" takes bytes only, not %s",
                          type.name, minos_type_name(minos_value_type(value)));
    MINOS_TRY(codec->encode(value, out));
    if (codec->encode == mn_bytes_encode || codec->encode == mn_avro_encode || out->size == begin)
        return MINOS_OK;
    return check_written(&type, minos_view_make(out->data + begin, out->size - begin));
}

minos_rc mn_encode(minos_view content_type, const minos_value *value, minos_buffer *out)
{
    size_t begin = out->size;
    minos_rc rc;

    if (minos_view_is(content_type, builtin[0].media_type))
        return mn_json_encode(value, out);
    rc = encode_as(content_type, value, out);
    if (rc != MINOS_OK)
        out->size = begin;
    return rc;
}

minos_rc minos_encode(minos_view content_type, const minos_value *value, minos_arena *arena,
                      minos_view *ret_body)
{
    minos_buffer out;

    mn_buffer_open_arena(&out, arena, SIZE_MAX);
    MINOS_TRY(mn_encode(content_type, value, &out));
    return mn_buffer_close_arena(&out, ret_body);
}
