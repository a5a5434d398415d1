/*
 * Intrusive doubly linked lists. The head is a node too; an unlinked node points at itself.
 */
#ifndef MN_BASE_LIST_H
#define MN_BASE_LIST_H

#include <stdbool.h>
#include <stddef.h>

#include "base/alloc.h"

typedef struct mn_list {
    struct mn_list *next;
    struct mn_list *prev;
} mn_list;

static inline void mn_list_init(mn_list *list)
{
    list->next = list->prev = list;
}

static inline bool mn_list_empty(const mn_list *list)
{
    return list->next == list;
}

/* Link a node before `place`: at the end when `place` is the head. */
static inline void mn_list_insert(mn_list *place, mn_list *node)
{
    node->prev = place->prev;
    node->next = place;
    place->prev->next = node;
    place->prev = node;
}

/* Unlink; fine for an unlinked node. */
static inline void mn_list_remove(mn_list *node)
{
    node->prev->next = node->next;
    node->next->prev = node->prev;
    mn_list_init(node);
}

/* Unlink and give the first node, NULL when empty. */
static inline mn_list *mn_list_pop(mn_list *list)
{
    mn_list *first = list->next;
    if (first == list)
        return NULL;
    mn_list_remove(first);
    return first;
}

#define mn_list_each(node, list)                                                                   \
    for (mn_list *node = (list)->next; node != (list); node = node->next)

#endif
