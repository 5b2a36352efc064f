/* A settings file, and where to listen: settings_fill, settings_apply, with inih between.
 *
 * What is taken came from the file or is the default, and means an address and a port that can be bound to. A refusal names the
 * file and a line of it, or the setting and where it came from. */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/limits.h"
#include "base/log.h"
#include "cli/settings.h"
#include "fuzz.h"
#include "web/face.h"

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    static const char *const UNSET[] = {"DOCKET_DATA", "DOCKET_LISTEN", "DOCKET_LOG_LEVEL", "DOCKET_CONFIG", "DOCKET_BEHIND", "DOCKET_BASE_PATH", "PORT",
                                        "XDG_DATA_HOME"};
    for (size_t i = 0; i < COUNT_OF(UNSET); i++)
        unsetenv(UNSET[i]);
    setenv("HOME", "/home", 1);
    return 0;
}

static void check_line(const struct err *e, const char *path, const uint8_t *bytes, size_t n)
{
    long lines = 1, line;
    for (size_t i = 0; i < n; i++)
        lines += bytes[i] == '\n';
    const char *words = e->text + strlen(path);
    fuzz_must(strncmp(e->text, path, strlen(path)) == 0 && sscanf(words, " line %ld: ", &line) == 1, "where? %s", e->text);
    fuzz_must(line >= 1 && line <= lines, "there is no such line: %s", e->text);
}

static void check_options(const struct server_options *o)
{
    unsigned char unused[16];
    fuzz_must(o->listen_count > 0 && o->listen_count <= LIMIT_LISTENERS, "%d listeners", o->listen_count);
    for (int i = 0; i < o->listen_count; i++) {
        const struct listen_place *p = &o->listen[i];
        fuzz_must(p->port >= 0 && p->port < 65536, "port %d", p->port);
        fuzz_must(inet_pton(AF_INET, p->address, unused) == 1 || inet_pton(AF_INET6, p->address, unused) == 1,
                  "'%s' is no address", p->address);
        fuzz_must(!p->dataset || (p->face && p->face->datasets && *p->dataset), "a dataset of no face");
        for (int k = 0; k < i; k++)
            fuzz_must(!listen_clash(p, &o->listen[k]), "two listen on %s port %d", p->address, p->port);
    }
    fuzz_must(*o->data, "no directory");
    fuzz_must(!*o->base_path || (*o->base_path == '/' && o->base_path[1] && o->base_path[strlen(o->base_path) - 1] != '/' &&
                                 !strpbrk(o->base_path, "%? #\"\\<>") && strlen(o->base_path) <= LIMIT_BASE_PATH),
              "'%s' is no base path", o->base_path);
    fuzz_must(o->behind_count <= LIMIT_BEHIND, "%d nets", o->behind_count);
    for (int i = 0; i < o->behind_count; i++)
        fuzz_must(o->behind[i].bits <= 128 && address_net_holds(&o->behind[i], &o->behind[i].at), "a net without its own address");
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    CLEANUP(arena_done) struct arena a = {0};
    const char *path = fuzz_file(bytes, n), *origins[SETTINGS_COUNT];
    struct settings s = {.config = path};
    struct server_options o;
    struct err e = {0};
    int r = settings_fill(&a, &s, origins, &e);
    if (r) {
        fuzz_check_refusal(r, &e);
        check_line(&e, path, bytes, n);
        return 0;
    }
    for (size_t i = 0; i < SETTINGS_COUNT; i++)
        fuzz_must(settings_get(&s, i) && origins[i], "%s has no value", SETTINGS[i].name);
    r = settings_apply(&a, &s, origins, &o, &e);
    log_level = LOG_LEVEL_INFO;
    if (r) {
        fuzz_check_refusal(r, &e);
        fuzz_must(strstr(e.text, path), "where from? %s", e.text);
    } else {
        check_options(&o);
    }
    return 0;
}
