/* Doubly linked lists with the links inside the things listed. */
#ifndef DOCKET_BASE_LIST_H
#define DOCKET_BASE_LIST_H

#include <stdbool.h>
#include <stddef.h>

struct list {
    struct list *next, *prev; /* a head points to itself when empty; an unlinked node has NULLs */
};

#define LIST_OF(type, member, node) ((type *)((char *)(node)-offsetof(type, member)))

/* Walks the nodes of head; the current one may be unlinked inside. */
#define LIST_EACH(node, head)                                                                     \
    for (struct list *node = (head)->next, *node##_after = node->next; node != (head);            \
         node = node##_after, node##_after = node->next)

static inline void list_init(struct list *head) { head->next = head->prev = head; }
static inline bool list_empty(const struct list *head) { return head->next == head; }
static inline bool list_linked(const struct list *node) { return node->next != NULL; }

static inline void list_append(struct list *head, struct list *node)
{
    node->prev = head->prev;
    node->next = head;
    head->prev->next = node;
    head->prev = node;
}

/* Unlinking what is not linked does nothing. */
static inline void list_unlink(struct list *node)
{
    if (!node->next)
        return;
    node->prev->next = node->next;
    node->next->prev = node->prev;
    node->next = node->prev = NULL;
}

/* The first node, unlinked; NULL when empty. */
static inline struct list *list_shift(struct list *head)
{
    if (list_empty(head))
        return NULL;
    struct list *node = head->next;
    list_unlink(node);
    return node;
}

#endif
