/* Faces: what other programs' servers looked like. Their URLs answer on every listener; one that is a face's has its root, too. */
#ifndef DOCKET_WEB_FACE_H
#define DOCKET_WEB_FACE_H

#include <stdbool.h>

#include "web/route.h"

struct face {
    const char *name;  /* as people write it */
    bool datasets;     /* a listener of it may name a dataset */
    route_fn *home;    /* answers `/` there */
};

/* The face of that name; NULL: there is none. */
const struct face *face_find(const char *name);

extern const struct face FACES[];
extern const int FACE_COUNT;

/* qdo_queues.c, tables_page.c */
route_fn qdo_home, tables_home;

#endif
