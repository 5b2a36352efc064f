/* The table of faces. A new one is a row here, with who answers its root; its URLs stand in route.def. */
#include "web/face.h"

#include <string.h>

#include "base/cleanup.h"

const struct face FACES[] = {
    {"qdo", false, qdo_home},
    {"tables", true, tables_home},
};
const int FACE_COUNT = COUNT_OF(FACES);

const struct face *face_find(const char *name)
{
    for (int i = 0; i < FACE_COUNT; i++)
        if (strcmp(FACES[i].name, name) == 0)
            return &FACES[i];
    return NULL;
}
