/* What is on a far side, asked in one call and read strictly: sections that begin with a line `= NAME`, in them first lines of files as
 * grep prints them (FOLDER/FILE:LINE), processes (/proc/PID/stat:…) and rows of the scheduler. All of it is gathered as records, sorted by
 * job, and each job's records become what was seen of it. Lines that make no sense are passed over: a folder may hold anything. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "launch/site_inner.h"

enum { RECORDS_MAX = 2000000 };

/* ---- asking */

static void put_word(struct buf *b, const char *word)
{
    buf_putc(b, ' ');
    text_shell_word(b, word);
}

void look_compose(struct buf *call, const struct site_kind *kind, const struct look_ask *ask)
{
    struct buf ids = {0};
    for (int i = 0; i < ask->known_count; i++) {
        const char *batch = ask->known[i].batch;
        if (batch && far_number(batch, '\0') != NONE)
            buf_printf(&ids, "%s%s", ids.len ? " " : "", batch);
    }
    buf_printf(call, "far_look %s", kind->how);
    put_word(call, kind->has_scheduler ? buf_text(&ids) : "");
    for (int i = 0; i < ask->app_count; i++)
        put_word(call, ask->apps[i]);
    buf_done(&ids);
}

/* ---- records */

enum about { ABOUT_KNOWN, ABOUT_FOLDER, ABOUT_PID, ABOUT_STATUS, ABOUT_EXIT, ABOUT_CANCEL };

struct record {
    const char *app, *name;
    int64_t n;
    enum about about;
    const char *text;
    int index; /* of the known */
};

struct process {
    int64_t pid;
    const char *start;
};

struct row {
    int64_t id;
    struct far_row row;
    bool accounts;
};

struct reading {
    struct arena *arena;
    const char *app;
    const char *section;
    struct record *records;
    struct process *processes;
    struct row *rows;
    size_t record_count, record_room, process_count, process_room, row_count, row_room;
    const char *missing[64]; /* apps without a folder */
    size_t missing_count;
    bool scheduler;
    const char *message;
};

static void *grow(void *array, size_t count, size_t *room, size_t bytes_each)
{
    if (count < *room)
        return array;
    *room = *room ? *room * 2 : 256;
    array = realloc(array, *room * bytes_each);
    if (!array)
        abort();
    return array;
}

static void add_record(struct reading *r, const struct record *record)
{
    if (r->record_count >= RECORDS_MAX)
        return;
    r->records = grow(r->records, r->record_count, &r->record_room, sizeof *r->records);
    r->records[r->record_count++] = *record;
}

static void reading_done(struct reading *r)
{
    free(r->records);
    free(r->processes);
    free(r->rows);
}

/* ---- lines */

/* "HASH_N/FILE:TEXT", in place. */
static void read_file_line(struct reading *r, char *line)
{
    static const struct {
        const char *file;
        enum about about;
    } FILES[] = {{"pid", ABOUT_PID}, {"status", ABOUT_STATUS}, {"exit", ABOUT_EXIT}, {"cancel", ABOUT_CANCEL}};
    char *file = strchr(line, '/'), *text = file ? strchr(file, ':') : NULL;
    if (!text || !r->app)
        return;
    *file++ = '\0';
    *text++ = '\0';
    struct record record = {.app = r->app, .name = line, .text = text, .index = -1};
    if (!far_is_folder(line, &record.n))
        return;
    for (size_t i = 0; i < COUNT_OF(FILES); i++)
        if (strcmp(FILES[i].file, file) == 0) {
            record.about = FILES[i].about;
            add_record(r, &record);
        }
}

/* "/proc/PID/stat:PID (COMMAND) STATE …": its start is the 20th word behind the command, which may hold anything but ends with the
 * last parenthesis. One that is dead and only not reaped yet (Z, X) is none. */
static void read_process_line(struct reading *r, char *line)
{
    enum { START = 20 };
    static const char BEFORE[] = "/proc/";
    if (strncmp(line, BEFORE, sizeof BEFORE - 1) != 0)
        return;
    int64_t pid = far_number(line + sizeof BEFORE - 1, '/');
    char *rest = strrchr(line, ')'), *word = NULL;
    if (pid == NONE || !rest || rest[1] != ' ')
        return;
    rest += 2;
    if (*rest == 'Z' || *rest == 'X')
        return;
    for (int i = 0; i < START && rest; i++)
        word = strsep(&rest, " ");
    if (!rest || !word)
        return;
    r->processes = grow(r->processes, r->process_count, &r->process_room, sizeof *r->processes);
    r->processes[r->process_count++] = (struct process){pid, word};
}

static void read_folder_line(struct reading *r, char *line)
{
    struct record record = {.app = r->app, .name = line, .about = ABOUT_FOLDER, .index = -1};
    if (r->app && far_is_folder(line, &record.n))
        add_record(r, &record);
}

static void add_row(struct reading *r, const struct row *row)
{
    if (row->id == NONE || !row->row.state[0])
        return;
    r->rows = grow(r->rows, r->row_count, &r->row_room, sizeof *r->rows);
    r->rows[r->row_count++] = *row;
}

/* "ID|STATE|REASON|BEGAN|ENDED" */
static void read_queue_line(struct reading *r, char *line)
{
    char *id = strsep(&line, "|"), *state = strsep(&line, "|"), *reason = strsep(&line, "|"), *began = strsep(&line, "|");
    if (!line)
        return;
    const struct far_row row = {state, reason, far_number(began, '\0'), far_number(line, '\0'), NONE};
    add_row(r, &(struct row){far_number(id, '\0'), row, false});
}

/* "CODE:SIGNAL" */
static int64_t read_exit(const char *text)
{
    int64_t code = far_number(text, ':');
    const char *colon = strchr(text, ':');
    int64_t signal = colon ? far_number(colon + 1, '\0') : NONE;
    if (code == NONE || signal == NONE || code > 255 || signal > 127)
        return NONE;
    return signal ? 128 + signal : code;
}

/* "ID|STATE|BEGAN|ENDED|CODE:SIGNAL" */
static void read_account_line(struct reading *r, char *line)
{
    char *id = strsep(&line, "|"), *state = strsep(&line, "|"), *began = strsep(&line, "|"), *ended = strsep(&line, "|");
    if (!line)
        return;
    const struct far_row row = {state, NULL, far_number(began, '\0'), far_number(ended, '\0'), read_exit(line)};
    add_row(r, &(struct row){far_number(id, '\0'), row, true});
}

static const struct section {
    const char *name;
    void (*read)(struct reading *r, char *line);
} SECTIONS[] = {
    {"pids", read_file_line},    {"procs", read_process_line},   {"files", read_file_line},
    {"jobs", read_folder_line},  {"squeue", read_queue_line},    {"sacct", read_account_line},
};

/* A command of the scheduler failed: its words. */
static void note_failure(struct reading *r, const char *name, const char *words)
{
    char clean[300];
    far_clean_words(words, strlen(words), clean, sizeof clean);
    if (!r->message && strcmp(name, "sacct") != 0) /* without accounting it never answers */
        r->message = arena_printf(r->arena, "%s: %s", name, clean);
}

/* "app\tNAME", "none", "squeue", "squeue\tfailed\tWORDS", …: returns what reads the lines that follow. */
static const struct section *begin_section(struct reading *r, const struct look_ask *ask, char *title)
{
    char *rest = title, *name = strsep(&rest, "\t"), *more = strsep(&rest, "\t");
    if (strcmp(name, "app") == 0) {
        r->app = NULL;
        for (int i = 0; i < ask->app_count && more; i++)
            if (strcmp(ask->apps[i], more) == 0)
                r->app = ask->apps[i];
        return NULL;
    }
    if (strcmp(name, "none") == 0 && r->app && r->missing_count < COUNT_OF(r->missing))
        r->missing[r->missing_count++] = r->app;
    if (more) {
        note_failure(r, name, rest ? rest : "it failed");
        return NULL;
    }
    r->scheduler = r->scheduler || strcmp(name, "squeue") == 0;
    for (size_t i = 0; i < COUNT_OF(SECTIONS); i++)
        if (strcmp(SECTIONS[i].name, name) == 0)
            return &SECTIONS[i];
    return NULL;
}

static void read_lines(struct reading *r, const struct look_ask *ask, char *lines)
{
    const struct section *section = NULL;
    while (lines && *lines) {
        char *line = strsep(&lines, "\n");
        if (strncmp(line, "= ", 2) == 0)
            section = begin_section(r, ask, line + 2);
        else if (section)
            section->read(r, line);
    }
}

/* ---- what was seen of each */

static int compare_jobs(const struct record *a, const struct record *b)
{
    int order = strcmp(a->app, b->app);
    return order ? order : strcmp(a->name, b->name);
}

static int compare_records(const void *left, const void *right)
{
    const struct record *a = left, *b = right;
    int order = compare_jobs(a, b);
    return order ? order : (int)a->about - (int)b->about;
}

static int compare_processes(const void *left, const void *right)
{
    const struct process *a = left, *b = right;
    return a->pid < b->pid ? -1 : a->pid > b->pid;
}

/* What the scheduler says stands before what its accounts say. */
static int compare_rows(const void *left, const void *right)
{
    const struct row *a = left, *b = right;
    if (a->id != b->id)
        return a->id < b->id ? -1 : 1;
    return (int)a->accounts - (int)b->accounts;
}

static const char *find_process(const struct reading *r, const char *pid_line)
{
    const struct process key = {.pid = far_number(pid_line, ' ')};
    const struct process *found =
        r->process_count ? bsearch(&key, r->processes, r->process_count, sizeof key, compare_processes) : NULL;
    return found ? found->start : NULL;
}

static const struct row *find_row(const struct reading *r, int64_t id)
{
    size_t low = 0, high = r->row_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (r->rows[middle].id < id)
            low = middle + 1;
        else
            high = middle;
    }
    return low < r->row_count && r->rows[low].id == id ? &r->rows[low] : NULL;
}

/* The id of the process or of the batch job; NULL. */
static const char *batch_of(struct reading *r, const char *pid_line)
{
    if (!pid_line)
        return NULL;
    int64_t id = strncmp(pid_line, "slurm ", 6) == 0 ? far_number(pid_line + 6, '\0') : far_number(pid_line, ' ');
    return id == NONE ? NULL : arena_printf(r->arena, "%lld", (long long)id);
}

static void note_record(struct look_found *f, const struct record *record)
{
    struct far_seen *s = &f->seen;
    switch (record->about) {
    case ABOUT_KNOWN: f->index = record->index; break;
    case ABOUT_FOLDER: s->folder = true; break;
    case ABOUT_PID: s->pid = record->text; break;
    case ABOUT_STATUS: s->status = record->text; break;
    case ABOUT_EXIT: s->exit = record->text; break;
    case ABOUT_CANCEL: s->cancel = record->text; break;
    }
}

static void look_up(struct reading *r, const struct look_ask *ask, const char *boot, struct look_found *f)
{
    struct far_seen *s = &f->seen;
    s->boot = boot;
    s->folders = true;
    for (size_t i = 0; i < r->missing_count; i++)
        if (strcmp(r->missing[i], f->app) == 0)
            s->folders = false;
    s->asked = s->pid != NULL;
    s->process = s->pid ? find_process(r, s->pid) : NULL;
    s->scheduler = r->scheduler;
    f->batch = batch_of(r, s->pid);
    const char *batch = f->batch ? f->batch : f->index >= 0 ? ask->known[f->index].batch : NULL;
    const struct row *row = batch ? find_row(r, far_number(batch, '\0')) : NULL;
    if (row) {
        struct far_row *copy = arena_alloc(r->arena, sizeof *copy);
        *copy = row->row;
        s->row = copy;
        s->accounts = row->accounts;
    }
}

/* Is this one to be told of? Known ones are; others if they are jobs that were begun. */
static bool is_wanted(const struct look_found *f) { return f->index >= 0 || (f->seen.folder && f->seen.status); }

static void gather(struct reading *r, const struct look_ask *ask, const char *boot, struct look_answer *out)
{
    if (!r->record_count)
        return;
    qsort(r->records, r->record_count, sizeof *r->records, compare_records);
    out->found = arena_array(r->arena, r->record_count, sizeof *out->found);
    for (size_t i = 0, next; i < r->record_count; i = next) {
        struct look_found *f = &out->found[out->count];
        const struct record *first = &r->records[i];
        *f = (struct look_found){.app = first->app, .name = first->name, .n = first->n, .index = -1};
        for (next = i; next < r->record_count && compare_jobs(first, &r->records[next]) == 0; next++)
            note_record(f, &r->records[next]);
        look_up(r, ask, boot, f);
        out->count += is_wanted(f);
    }
}

static void add_known(struct reading *r, const struct look_ask *ask)
{
    for (int i = 0; i < ask->known_count; i++) {
        const struct far_name *k = &ask->known[i];
        struct record record = {.app = k->app, .n = k->n, .about = ABOUT_KNOWN, .index = i};
        record.name = arena_printf(r->arena, "%s_%lld", k->hash, (long long)k->n);
        for (int j = 0; j < ask->app_count; j++) /* one that was not asked for is not looked for */
            if (strcmp(ask->apps[j], k->app) == 0) {
                add_record(r, &record);
                break;
            }
    }
}

int look_read(struct far_reply *reply, const struct look_ask *ask, struct arena *a, struct look_answer *out, struct err *e)
{
    *out = (struct look_answer){0};
    int r = far_read_trouble(reply->lines, e);
    if (r)
        return r;
    CLEANUP(reading_done) struct reading reading = {.arena = a};
    add_known(&reading, ask);
    read_lines(&reading, ask, reply->lines);
    if (reading.process_count)
        qsort(reading.processes, reading.process_count, sizeof *reading.processes, compare_processes);
    if (reading.row_count)
        qsort(reading.rows, reading.row_count, sizeof *reading.rows, compare_rows);
    gather(&reading, ask, reply->boot, out);
    out->message = reading.message;
    return 0;
}

void look_read_settings(struct far_reply *reply, look_settings_fn *fn, void *arg)
{
    static const char FILE_NAME[] = "/settings.json:", TITLE[] = "= app\t";
    const char *app = NULL;
    for (char *lines = reply->lines; lines && *lines;) {
        char *line = strsep(&lines, "\n"), *text = strstr(line, FILE_NAME);
        int64_t n;
        if (strncmp(line, TITLE, sizeof TITLE - 1) == 0)
            app = line + sizeof TITLE - 1;
        if (!text || !app)
            continue;
        *text = '\0';
        text += sizeof FILE_NAME - 1;
        if (far_is_folder(line, &n) && text_is_utf8(text, strlen(text)))
            fn(arg, app, line, text);
    }
}
