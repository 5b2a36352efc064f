/* What is said of a site, as the launcher reads it from the store: web looked at it before it was written. */
#ifndef DOCKET_LAUNCH_SETTINGS_H
#define DOCKET_LAUNCH_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"

enum { PLACE_OPTIONS = 64 };

struct place_settings {
    const char *host, *ssh_config, *app, *advertise, *partition, *account, *qos, *template, *docket; /* NULL: not said */
    const char *options[PLACE_OPTIONS + 1]; /* for sbatch, NULL-ended */
    int64_t port, cores, walltime_us, sync_seconds, keep_days;
};

/* Texts live in the arena. 0; ERR_SETTINGS: this is no JSON object of such settings. */
int place_settings_read(const char *json, struct arena *a, struct place_settings *out, struct err *e);

#endif
