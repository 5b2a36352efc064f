/* The tasks of one request as a graph: which are new, and what each waits for. Everything that can be refused is refused
 * here, before anything is written. */
#ifndef DOCKET_CORE_GRAPH_H
#define DOCKET_CORE_GRAPH_H

#include "core/dependency.h"
#include "core/submit.h"

struct graph_need {
    int64_t id; /* of a task that is there; or: */
    int index;  /* of a task of this request; -1: none */
    struct dependency_state state;
};

struct graph_node {
    int64_t id; /* of the task its key already names; NONE: none */
    int same;   /* the earlier task of this request with the same key; -1: none */
    const struct graph_need *needs; /* each once; nothing for a task that is there */
    int need_count;
    int64_t unmet;
    bool bad; /* what it waits for has ended badly, or waits for such in this request, and so on */
};

struct graph {
    struct graph_node *nodes; /* one a task, in the arena */
    int count, existed;       /* existed: those that are not new */
};

/* 0; ERR_DEPENDENCY_NOT_FOUND, ERR_DEPENDENCY_CYCLE, ERR_TOO_LARGE with *out_bad, the task it is about. */
int graph_read(struct turn *t, const struct queue_row *q, const struct submit_task *tasks, int count,
               enum submit_order order, struct arena *a, struct graph *out, int *out_bad, struct err *e);

#endif
