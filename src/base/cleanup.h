/* Scope cleanup: a local declared with CLEANUP(fn) is handed to fn when its scope ends; MOVE gives it away. */
#ifndef DOCKET_BASE_CLEANUP_H
#define DOCKET_BASE_CLEANUP_H

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define CLEANUP(fn) __attribute__((cleanup(fn)))

/* The value of p, which is then NULL: ownership leaves the variable. */
#define MOVE(p) __extension__({ __auto_type move_value_ = (p); (p) = NULL; move_value_; })

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* For CLEANUP on malloc'ed pointers, FILE*, DIR* and file descriptors (-1: none). */
static inline void cleanup_free(void *p) { free(*(void **)p); }
static inline void cleanup_file(FILE **f) { if (*f) fclose(*f); }
static inline void cleanup_dir(DIR **dir) { if (*dir) closedir(*dir); }
static inline void cleanup_fd(int *fd) { if (*fd >= 0) close(*fd); }

#endif
