/* A disk in memory that loses power: an sqlite3_vfs named "power" for tests of durability. See power_vfs.c. */
#ifndef DOCKET_TEST_POWER_VFS_H
#define DOCKET_TEST_POWER_VFS_H

#include <stdbool.h>
#include <stdint.h>

struct power;

/* An empty disk with the power on; its VFS is SQLite's default until power_free, so that SQLite's own chance comes from
 * the seed, too. One at a time. powersafe: the disk promises what SQLite believes of a usual Linux file system
 * (SQLITE_IOCAP_POWERSAFE_OVERWRITE: a write never harms bytes beside it); else it promises nothing. */
struct power *power_new(uint64_t seed, bool powersafe);
void power_free(struct power *p); /* no file may be open */

/* The power goes in the n-th changing operation from now: a write, truncation, sync, creation or deletion. 0: it
 * stays. */
void power_cut_in(struct power *p, long n);

bool power_is_on(const struct power *p);

/* The power is back, with what the disk has kept. Files opened before it went must have been closed. */
void power_on(struct power *p);

/* As fsync of the directory: files made and deleted until now stay so. */
void power_sync_dir(struct power *p);

long power_operations(const struct power *p); /* changing ones, so far */

/* A number in 0..bound-1 and the next state of a small generator (splitmix64). */
uint64_t power_chance(uint64_t *state, uint64_t bound);

#endif
