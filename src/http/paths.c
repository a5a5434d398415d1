/*
 * The path router: see paths.h.
 */
#include "http/paths.h"

#include <regex.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "base/map.h"
#include "http/template.h"

#define GROUPS_MAX  256
#define METHODS_MAX 32 /* different ones over all rows; more is an error at start */

/* One method of one path. */
typedef struct entry {
    minos_view method;
    void *data;
    const char *const *names;
    size_t params_count;
    struct entry *next;
} entry;

/* A regex and what lies behind it; a tail has only entries. */
typedef struct branch {
    minos_view text;
    regex_t regex;
    size_t groups; /* of the whole regex */
    const uint8_t *params;
    size_t params_count;
    struct node *node;
    struct branch *next;
    struct branch *older; /* of all branches, for freeing */
} branch;

typedef struct node {
    mn_map literals; /* segment to node */
    struct node *param;
    branch *regexes; /* in the order they were added */
    branch *tails;
    entry *entries;
    struct node *older; /* of all nodes, for freeing */
} node;

struct mn_http_paths {
    minos_arena *arena;
    minos_arena *scratch; /* of one template being added */
    mn_map statics;       /* whole path to node */
    node *root;
    node *nodes;
    branch *branches;
    minos_view methods[METHODS_MAX]; /* of all rows, in the order they were added */
    size_t methods_count;
};

/* ---- building ---- */

static node *node_new(mn_http_paths *paths)
{
    node *made = mn_arena_make(paths->arena, node);
    made->older = paths->nodes;
    paths->nodes = made;
    return made;
}

void mn_http_paths_new(mn_http_paths **ret_paths)
{
    mn_http_paths *paths = mn_new(mn_http_paths);
    paths->arena = minos_arena_new(SIZE_MAX / 2); /* of our own tables, not of a peer's making */
    paths->scratch = minos_arena_new(0);
    paths->root = node_new(paths);
    *ret_paths = paths;
}

void mn_http_paths_free(mn_http_paths *paths)
{
    if (paths == NULL)
        return;
    for (node *one = paths->nodes; one != NULL; one = one->older)
        mn_map_done(&one->literals);
    for (branch *one = paths->branches; one != NULL; one = one->older)
        regfree(&one->regex);
    mn_map_done(&paths->statics);
    minos_arena_free(paths->arena);
    minos_arena_free(paths->scratch);
    free(paths);
}

static node *literal_child(mn_http_paths *paths, mn_map *map, minos_view text)
{
    node *child = mn_map_get(map, text);
    if (child == NULL) {
        child = node_new(paths);
        mn_map_set(map, minos_arena_dup(paths->arena, text), child);
    }
    return child;
}

static minos_rc branch_new(mn_http_paths *paths, const mn_http_piece *piece, branch **ret_branch)
{
    branch *made = mn_arena_make(paths->arena, branch);
    int error = regcomp(&made->regex, piece->text.data, REG_EXTENDED);
    uint8_t *params;

    if (error != 0) {
        char why[128];
        regerror(error, &made->regex, why, sizeof why);
        return minos_fail(MINOS_EINVAL, "regex %s: %s", piece->text.data, why);
    }
    made->older = paths->branches;
    paths->branches = made;
    if (made->regex.re_nsub >= GROUPS_MAX)
        return minos_fail(MINOS_EINVAL, "regex %s holds too many groups", piece->text.data);
    made->text = minos_arena_dup(paths->arena, piece->text);
    made->groups = made->regex.re_nsub + 1;
    params = mn_arena_raw(paths->arena, piece->params_count);
    memcpy(params, piece->groups, piece->params_count);
    made->params = params;
    made->params_count = piece->params_count;
    made->node = node_new(paths);
    *ret_branch = made;
    return MINOS_OK;
}

static minos_rc branch_child(mn_http_paths *paths, branch **list, const mn_http_piece *piece,
                             node **ret_child)
{
    for (; *list != NULL; list = &(*list)->next)
        if (minos_view_equal((*list)->text, piece->text)) {
            *ret_child = (*list)->node;
            return MINOS_OK;
        }
    MINOS_TRY(branch_new(paths, piece, list));
    *ret_child = (*list)->node;
    return MINOS_OK;
}

static minos_rc descend(mn_http_paths *paths, const mn_http_template *parsed, node **ret_node)
{
    node *at = paths->root;
    if (parsed->path.size != 0) {
        *ret_node = literal_child(paths, &paths->statics, parsed->path);
        return MINOS_OK;
    }
    for (size_t i = 0; i < parsed->pieces_count; i++) {
        const mn_http_piece *piece = &parsed->pieces[i];
        switch (piece->kind) {
        case MN_HTTP_PIECE_LITERAL:
            at = literal_child(paths, &at->literals, piece->text);
            break;
        case MN_HTTP_PIECE_PARAM:
            if (at->param == NULL)
                at->param = node_new(paths);
            at = at->param;
            break;
        case MN_HTTP_PIECE_REGEX:
            MINOS_TRY(branch_child(paths, &at->regexes, piece, &at));
            break;
        case MN_HTTP_PIECE_TAIL:
            MINOS_TRY(branch_child(paths, &at->tails, piece, &at));
            break;
        }
    }
    *ret_node = at;
    return MINOS_OK;
}

static minos_rc know_method(mn_http_paths *paths, minos_view method)
{
    if (mn_http_paths_knows(paths, method))
        return MINOS_OK;
    if (paths->methods_count == METHODS_MAX)
        return minos_fail(MINOS_EINVAL, "method %.*s is one too many", (int)method.size,
                          method.data);
    paths->methods[paths->methods_count++] = method;
    return MINOS_OK;
}

static minos_rc add(mn_http_paths *paths, const char *text, const char *method, void *data,
                    void **ret_clash)
{
    mn_http_template parsed;
    node *place;
    entry **link, *made;
    const char **names;

    MINOS_TRY(mn_http_template_parse(text, paths->scratch, &parsed));
    MINOS_TRY(descend(paths, &parsed, &place));
    for (link = &place->entries; *link != NULL; link = &(*link)->next)
        if (minos_view_is((*link)->method, method)) {
            *ret_clash = (*link)->data;
            return minos_fail(MINOS_EREDEFINED, "%s %s is bound twice", method, text);
        }
    made = mn_arena_make(paths->arena, entry);
    made->method = minos_arena_dup(paths->arena, minos_view_of(method));
    MINOS_TRY(know_method(paths, made->method));
    made->data = data;
    made->params_count = parsed.names_count;
    names = mn_arena_array(paths->arena, const char *, parsed.names_count);
    for (size_t i = 0; i < parsed.names_count; i++)
        names[i] = minos_arena_dup_text(paths->arena, parsed.names[i]);
    made->names = names;
    *link = made;
    return MINOS_OK;
}

minos_rc mn_http_paths_add(mn_http_paths *paths, const char *text, const char *method, void *data,
                           void **ret_clash)
{
    minos_rc rc;
    *ret_clash = NULL;
    rc = add(paths, text, method, data, ret_clash);
    minos_arena_reset(paths->scratch);
    if (rc == MINOS_EINVAL)
        return minos_fail(rc, "path %s: %s", text, minos_error_message(minos_error_last()));
    return rc;
}

/* ---- looking up ---- */

typedef struct walk {
    minos_view method;
    mn_http_match *match;
    minos_buffer *allow; /* collect methods instead of looking for one */
    uint32_t allowed;    /* bit i: methods[i] is told already */
    const mn_http_paths *paths;
} walk;

static bool is_get(minos_view method)
{
    return method.size == 3 && memcmp(method.data, "GET", 3) == 0;
}

static bool is_head(minos_view method)
{
    return method.size == 4 && memcmp(method.data, "HEAD", 4) == 0;
}

static const entry *entry_for(const entry *entries, minos_view method)
{
    const entry *get = NULL, *any = NULL;
    for (const entry *one = entries; one != NULL; one = one->next) {
        if (minos_view_equal(one->method, method))
            return one;
        if (is_get(one->method))
            get = one;
        else if (one->method.size == 1 && one->method.data[0] == '*')
            any = one;
    }
    return get != NULL && is_head(method) ? get : any;
}

static void allow_method(walk *w, minos_view method)
{
    if (w->allow->size != 0)
        mn_buffer_put_text(w->allow, ", ");
    mn_buffer_put(w->allow, method.data, method.size);
}

static void collect(walk *w, const entry *entries)
{
    for (const entry *one = entries; one != NULL; one = one->next)
        for (size_t i = 0; i < w->paths->methods_count; i++)
            if (minos_view_equal(one->method, w->paths->methods[i]))
                w->allowed |= UINT32_C(1) << i;
}

/* The path ends here: true when the search does. */
static bool arrive(walk *w, const node *place)
{
    const entry *found;
    if (place->entries == NULL)
        return false;
    w->match->path_known = true;
    if (w->allow != NULL) {
        collect(w, place->entries);
        return false;
    }
    found = entry_for(place->entries, w->method);
    if (found == NULL)
        return false;
    w->match->data = found->data;
    w->match->names = found->names;
    return true;
}

/* Match text as a whole; on success its params are pushed. */
static bool branch_takes(const branch *one, minos_view text, mn_http_match *match)
{
    regmatch_t groups[GROUPS_MAX];
    groups[0].rm_so = 0;
    groups[0].rm_eo = (regoff_t)text.size;
    if (regexec(&one->regex, text.data, one->groups, groups, REG_STARTEND) != 0)
        return false;
    for (size_t i = 0; i < one->params_count; i++) {
        const regmatch_t *group = &groups[one->params[i]];
        match->values[match->params_count + i] =
            group->rm_so < 0
                ? minos_view_make("", 0)
                : minos_view_make(text.data + group->rm_so, (size_t)(group->rm_eo - group->rm_so));
    }
    match->params_count += one->params_count;
    return true;
}

static bool descend_path(walk *w, const node *at, const char *from, const char *end);

static bool try_branches(walk *w, const branch *list, minos_view text, const char *from,
                         const char *end)
{
    for (; list != NULL; list = list->next) {
        size_t before = w->match->params_count;
        if (branch_takes(list, text, w->match)) {
            if (descend_path(w, list->node, from, end))
                return true;
            w->match->params_count = before;
        }
    }
    return false;
}

/* `from` stands on the slash before the next segment, or at the end. As deep as the templates. */
static bool descend_path(walk *w, const node *at, const char *from, const char *end)
{
    const char *slash;
    minos_view segment;
    const node *child;

    if (from == end)
        return arrive(w, at);
    from++;
    slash = memchr(from, '/', (size_t)(end - from));
    if (slash == NULL)
        slash = end;
    segment = minos_view_make(from, (size_t)(slash - from));
    child = mn_map_get(&at->literals, segment);
    if (child != NULL && descend_path(w, child, slash, end))
        return true;
    if (at->regexes != NULL && try_branches(w, at->regexes, segment, slash, end))
        return true;
    if (at->param != NULL && segment.size != 0) {
        w->match->values[w->match->params_count++] = segment;
        if (descend_path(w, at->param, slash, end))
            return true;
        w->match->params_count--;
    }
    return at->tails != NULL &&
           try_branches(w, at->tails, minos_view_make(from, (size_t)(end - from)), end, end);
}

static bool run(walk *w, minos_view path)
{
    const node *whole = mn_map_get(&w->paths->statics, path);
    if (whole != NULL && arrive(w, whole))
        return true;
    return path.size != 0 && path.data[0] == '/' &&
           descend_path(w, w->paths->root, path.data, path.data + path.size);
}

void mn_http_paths_find(const mn_http_paths *paths, minos_view path, minos_view method,
                        mn_http_match *ret_match)
{
    walk w = {.method = method, .match = ret_match, .paths = paths};
    ret_match->data = NULL;
    ret_match->path_known = false;
    ret_match->names = NULL;
    ret_match->params_count = 0;
    run(&w, path);
}

void mn_http_paths_allow(const mn_http_paths *paths, minos_view path, minos_buffer *out)
{
    mn_http_match match = {.params_count = 0};
    walk w = {.match = &match, .allow = out, .paths = paths};
    bool head = false, options = false;

    if (path.size == 1 && path.data[0] == '*')
        w.allowed = UINT32_MAX;
    else
        run(&w, path);
    for (size_t i = 0; i < paths->methods_count; i++) {
        minos_view method = paths->methods[i];
        if (!(w.allowed >> i & 1) || minos_view_is(method, "*"))
            continue;
        head |= is_head(method);
        options |= minos_view_is(method, "OPTIONS");
        allow_method(&w, method);
    }
    for (size_t i = 0; i < paths->methods_count && !head; i++)
        if ((w.allowed >> i & 1) && is_get(paths->methods[i])) {
            allow_method(&w, MINOS_VIEW("HEAD"));
            head = true;
        }
    if (!options)
        allow_method(&w, MINOS_VIEW("OPTIONS"));
}

bool mn_http_paths_knows(const mn_http_paths *paths, minos_view method)
{
    for (size_t i = 0; i < paths->methods_count; i++)
        if (minos_view_equal(paths->methods[i], method))
            return true;
    return false;
}
