/* A copy of the store for whoever asked, made while the server goes on; one at a time. The work that asks is parked until the
 * copy is whole, is then run again and answers from the file. The copy lives until that work is over or its client has
 * gone, and gives way when the disk fills up. */
#ifndef DOCKET_CORE_BACKUP_H
#define DOCKET_CORE_BACKUP_H

#include "core/turn.h"

struct backup_copy {
    int fd; /* open for reading from its beginning, until the work is taken out (engine_unpark) */
    int64_t bytes;
};

/* For a work's run(). 0: its copy is whole; TURN_PARK: it is being made, ask again; ERR_BACKUP_RUNNING: somebody else's is;
 * ERR_STORAGE_FULL, ERR_STOPPING, ERR_INTERNAL: there will be none. */
int backup_ask(struct turn *t, struct work *w, struct backup_copy *out, struct err *e);

/* The rest is the engine's and the loop's. A work was parked for a copy: it is begun. */
void backup_begin(struct engine *c, struct work *w);

/* Copies a little more, between two turns. BACKUP_OVER: with this step it ended, and a turn is due. */
enum backup_progress { BACKUP_NONE, BACKUP_MORE, BACKUP_OVER };
enum backup_progress backup_step(struct engine *c);

/* How much time a turn's steps may take together: more, the more often the copy had to begin anew. */
int64_t backup_budget_us(const struct engine *c);

/* The work is over: its copy, whole or not, is thrown away. Another's is left alone. */
void backup_end(struct engine *c, const struct work *w);

/* The disk is full: throws the bytes of the copy away. false: there was none. */
bool backup_give_way(struct engine *c);

#endif
