/* What works at a site and what does not, and why: what it has (check.sh), then the program and the way home, found as for workers; where
 * there is a scheduler a job tries that. What was found out is written down with the site, for launches and for those who ask. */
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/text.h"
#include "launch/prepare.h"

extern const char CHECK_SH[];

enum { FACTS_MOST = 2000 };
#define CHECK_US (60 * CLOCK_SECOND)

struct check {
    struct launcher *l;
    int64_t site, errand;
    json_t *checks; /* of the report */
    bool bad;
    bool scheduler;
};

static void add(struct check *k, const char *what, bool ok, const char *detail, const char *hint)
{
    k->bad = k->bad || !ok;
    json_array_append_new(k->checks, json_pack("{s:s, s:b, s:s, s:o}", "what", what, "ok", ok, "detail", detail, "hint",
                                               hint && *hint ? json_string(hint) : json_null()));
}

static void drop(struct check *k)
{
    json_decref(k->checks);
    free(k);
}

static void report(struct check *k)
{
    CLEANUP(buf_done) struct buf text = {0};
    CLEANUP(json_drop) json_t *whole = json_pack("{s:b, s:O}", "ok", !k->bad, "checks", k->checks);
    json_write(whole, &text);
    answer_text(k->l, k->errand, buf_text(&text));
    drop(k);
}

static void on_prepared(void *arg, const struct err *err)
{
    struct check *k = arg;
    struct place *p = place_find(k->l, k->site);
    if (k->l->ending) {
        drop(k);
        return;
    }
    if (p && p->home.program[0]) {
        CLEANUP(buf_done) struct buf words = {0};
        for (int i = 0; p->home.program[i]; i++)
            buf_printf(&words, "%s%s", i ? " " : "", p->home.program[i]);
        add(k, "program", true, buf_text(&words), NULL);
    }
    if (err)
        add(k, p && p->home.program[0] ? "way home" : "program", false, err->text, err->hint);
    else if (p)
        add(k, "way home", true, p->home.url, NULL);
    report(k);
}

/* NAME*|NODES|CORES|TIME as sinfo has it; the '*' is at the default one. */
static json_t *read_partition(char *words)
{
    char *name = strsep(&words, "|"), *nodes = strsep(&words, "|"), *cores = strsep(&words, "|"), *time = words;
    if (!time || !*name)
        return NULL;
    bool usual = name[strlen(name) - 1] == '*';
    if (usual)
        name[strlen(name) - 1] = '\0';
    return json_pack("{s:s, s:I, s:I, s:s, s:b}", "name", name, "nodes", (json_int_t)strtoll(nodes, NULL, 10), "cores",
                     (json_int_t)strtoll(cores, NULL, 10), "walltime", time, "default", usual);
}

struct facts {
    json_t *found, *partitions;
    const char *scheduler, *folder, *accounting, *machine; /* in the answer */
    struct buf missing;
};

static void take(struct facts *f, const char *name, char *words)
{
    json_t *partition = strcmp(name, "partition") == 0 ? read_partition(words) : NULL;
    if (partition && json_array_append_new(f->partitions, partition))
        return;
    if (strcmp(name, "missing") == 0)
        buf_printf(&f->missing, "%s%s", f->missing.len ? ", " : "", words);
    else if (strcmp(name, "cores") == 0 && strtoll(words, NULL, 10) > 0)
        json_object_set_new(f->found, "cores", json_integer(strtoll(words, NULL, 10)));
    else if (strcmp(name, "machine") == 0)
        f->machine = words;
    else if (strcmp(name, "scheduler") == 0)
        f->scheduler = words;
    else if (strcmp(name, "folder") == 0)
        f->folder = words;
    else if (strcmp(name, "accounting") == 0)
        f->accounting = words;
}

/* Lines of name TAB words. What is no text is passed over. */
static void read_facts(struct facts *f, char *text)
{
    int lines = 0;
    for (char *line; lines++ < FACTS_MOST && (line = strsep(&text, "\n"));) {
        char *words = strchr(line, '\t');
        if (!words || !text_is_utf8(line, strlen(line)) || text_has_control(words + 1))
            continue;
        *words++ = '\0';
        take(f, line, words);
    }
}

static void tell_facts(struct check *k, struct facts *f)
{
    if (f->missing.len)
        add(k, "tools", false, buf_text(&f->missing), "these programs are missing in the PATH of that account");
    else
        add(k, "tools", true, f->machine ? f->machine : "all there", NULL);
    add(k, "folder", !f->folder, f->folder ? f->folder : "can be written", f->folder ? "jobs have their folders below the home directory" : NULL);
    if (!k->scheduler)
        return;
    if (f->scheduler)
        add(k, "scheduler", false, f->scheduler, "sinfo must answer to that account");
    else
        add(k, "scheduler", true, json_array_size(f->partitions) ? "it answers" : "it answers, and has no partitions", NULL);
    bool accounts = f->accounting && strcmp(f->accounting, "yes") == 0;
    add(k, "accounting", true, accounts ? "sacct answers" : "none: states come from squeue and from the jobs themselves", NULL);
    json_object_set_new(f->found, "accounting", json_boolean(accounts));
    json_object_set(f->found, "partitions", f->partitions);
}

static void on_facts(void *arg, const struct far_answer *said)
{
    struct check *k = arg;
    struct place *p = place_find(k->l, k->site);
    if (k->l->ending || !p || said->err) {
        if (!k->l->ending && said->err) {
            add(k, "connection", false, said->err->text, said->err->hint);
            report(k);
        } else if (!k->l->ending)
            report(k);
        else
            drop(k);
        return;
    }
    CLEANUP(cleanup_free) char *text = strndup(said->text, said->n);
    struct facts f = {.found = prepare_found(p), .partitions = json_array()};
    if (!text)
        abort();
    add(k, "connection", true, p->settings.host ? p->settings.host : "this machine", NULL);
    read_facts(&f, text);
    tell_facts(k, &f);
    prepare_note_found(p, f.found);
    json_decref(f.found);
    json_decref(f.partitions);
    buf_done(&f.missing);
    prepare_anew(p, on_prepared, k);
}

void check_site(struct place *p, int64_t errand)
{
    CLEANUP(buf_done) struct buf script = {0};
    struct check *k = calloc(1, sizeof *k);
    if (!k)
        abort();
    *k = (struct check){.l = p->l, .site = p->id, .errand = errand, .checks = json_array(), .scheduler = site_has_scheduler(p->link)};
    buf_puts(&script, "app=");
    text_shell_word(&script, p->settings.app ? p->settings.app : "docket");
    buf_printf(&script, " scheduler=%d\n%s", k->scheduler, CHECK_SH);
    while (script.len && script.data[script.len - 1] == '\n') /* the length counts what the shell sees */
        script.data[--script.len] = '\0';
    site_link_retry(p->link);
    site_run(p->link, buf_text(&script), -1, CHECK_US, on_facts, k);
}
