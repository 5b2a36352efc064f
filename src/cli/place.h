/* Where things lie: data directories, the one of a `run`, settings files. Every path is new in the arena. */
#ifndef DOCKET_CLI_PLACE_H
#define DOCKET_CLI_PLACE_H

#include "base/arena.h"
#include "base/err.h"

/* As words for people; XDG's variables may say otherwise. */
#define PLACE_USER_DATA "~/.local/share/docket"
#define PLACE_USER_SETTINGS "~/.config/docket/docket.conf"

#define PLACE_SYSTEM_DATA "/var/lib/docket"
#define PLACE_SYSTEM_SETTINGS "/etc/docket/docket.conf"

/* The user's own data directory: $XDG_DATA_HOME/docket or ~/.local/share/docket. */
const char *place_data(struct arena *a);

/* A directory on this host's own disk where a server's data could lie; NULL if none is known. */
const char *place_local(struct arena *a);

/* The user's settings file: $XDG_CONFIG_HOME/docket/docket.conf or ~/.config/docket/docket.conf. */
const char *place_settings(struct arena *a);

/* path with a leading ~/ replaced by the home directory. */
const char *place_expand(struct arena *a, const char *path);

/* The data directory of `docket run FILE`, by FILE's real path. 0; < 0 ERR_FILE if there is no such file. */
int place_run(struct arena *a, const char *file, const char **out_path, struct err *e);

/* A data directory for a run that has no file: a new one at each call. */
const char *place_run_fresh(struct arena *a);

/* Hex of a hash of n bytes, 32 characters; and of chance. */
const char *place_hash(struct arena *a, const void *bytes, size_t n);
const char *place_random(struct arena *a);

#endif
