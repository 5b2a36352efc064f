/* The settings of a server, each from the first place that has it: the command line, the environment (DOCKET_NAME;
 * PORT for listen, DATABASE_URL for db), a settings file, the default. */
#ifndef DOCKET_CLI_SETTINGS_H
#define DOCKET_CLI_SETTINGS_H

#include "base/arena.h"
#include "base/err.h"
#include "base/options.h"
#include "cli/server.h"

#define SETTINGS_PORT "5000"
#define SETTINGS_LISTEN "127.0.0.1:" SETTINGS_PORT
#define SETTINGS_DB "sqlite:"

/* A section [site NAME] of a settings file, as it stands there. */
struct settings_site {
    struct settings_site *next;
    const char *name, *file;
    struct settings_pair {
        struct settings_pair *next;
        const char *name, *value;
    } *pairs; /* the last first */
};

struct settings {
    struct option_list listens; /* what the command line gave: settings_fill makes one text of them */
    const char *data, *listen, *db, *log_level, *behind, *base_path, *advertise, *sign_in, *tls_cert, *tls_key, *config;
    struct settings_site *sites; /* only files have them */
};

/* The option rows of struct settings, standing `at` bytes into the struct that is filled. */
#define SETTINGS_OPTIONS(at) SETTINGS_ROWS(at, listens)

/* An OPTION_LIST may be given again and again; it is a text of words, separated by blanks or commas, in any other place. */
#define SETTINGS_ROWS(at, listen_member)                                                                              \
    {"data", 0, OPTION_TEXT, "DIR", (at) + offsetof(struct settings, data), 0, 0, "where everything is kept"},        \
    {"listen", 0, OPTION_LIST, "ADDR:PORT", (at) + offsetof(struct settings, listen_member), 0, 0,                    \
     "or [ADDR]:PORT, ADDR (port $PORT or 5000), PORT (of 127.0.0.1); with =FACE or not; may be given again"},        \
    {"db", 0, OPTION_TEXT, "URL", (at) + offsetof(struct settings, db), 0, 0,                                         \
     "the database: sqlite: is the store in the data directory"},                                                     \
    {"log-level", 0, OPTION_TEXT, "LEVEL", (at) + offsetof(struct settings, log_level), 0, 0,                         \
     "error, warning, info or debug"},                                                                                \
    {"behind", 0, OPTION_TEXT, "NETS", (at) + offsetof(struct settings, behind), 0, 0,                               \
     "10.0.0.0/8,::1: proxies whose X-Forwarded-… headers are believed"},                                             \
    {"base-path", 0, OPTION_TEXT, "/PATH", (at) + offsetof(struct settings, base_path), 0, 0,                         \
     "what stands before all URLs for those who come through a proxy"},                                               \
    {"advertise", 0, OPTION_TEXT, "URL", (at) + offsetof(struct settings, advertise), 0, 0,                           \
     "by which others reach the server, for the links it makes"},                                                     \
    {"sign-in", 0, OPTION_TEXT, "WAY", (at) + offsetof(struct settings, sign_in), 0, 0,                              \
     "passwords of accounts that have none here: store (no), pam, or a program, /PATH"},                             \
    {"tls-cert", 0, OPTION_TEXT, "FILE", (at) + offsetof(struct settings, tls_cert), 0, 0,                            \
     "speak TLS with this certificate (PEM, with its chain); read anew on SIGHUP"},                                   \
    {"tls-key", 0, OPTION_TEXT, "FILE", (at) + offsetof(struct settings, tls_key), 0, 0, "and this key of it"},       \
    {"config", 0, OPTION_TEXT, "FILE", (at) + offsetof(struct settings, config), 0, 0,                                \
     "read this settings file and no other"}

/* The same rows, with each setting as a text, for walking: settings_get reads the value of row i. */
enum { SETTINGS_COUNT = 11 };
extern const struct option SETTINGS[SETTINGS_COUNT];
extern const struct settings SETTINGS_DEFAULTS; /* data in words: XDG_DATA_HOME may say otherwise */
const char *settings_get(const struct settings *s, size_t i);

/* Fills what the command line left open, and says of each where it came from. Texts live in the arena. 0; ERR_SETTINGS
 * naming the file and line, the variable or the option; < 0 ERR_FILE. */
int settings_fill(struct arena *a, struct settings *s, const char *out_origins[SETTINGS_COUNT], struct err *e);

/* The sites of the files, as core takes them; in the arena. 0; ERR_SETTINGS naming the file, the section and what is wrong. */
struct site_fixed;
int settings_sites(struct arena *a, const struct settings *s, struct site_fixed **out_sites, int *out_count, struct err *e);

/* What the settings mean for the server; sets the log level. 0; ERR_SETTINGS. */
int settings_apply(struct arena *a, const struct settings *s, const char *const origins[SETTINGS_COUNT],
                   struct server_options *out_options, struct err *e);

#endif
