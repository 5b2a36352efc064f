/* A template is copied line by line. What is put into it came from outside: into #SBATCH lines go only words of harmless characters,
 * for sbatch splits the line as a shell would; everywhere else a value is one quoted word, whatever it holds. */
#include "launch/batch.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/limits.h"
#include "base/text.h"

extern const char BATCH_SH[], BATCH_JOB_SH[];

static const char SBATCH[] = "#SBATCH";

enum variable_kind { VALUE, CODE };

/* What a template may name, with its text for this job. */
struct variable {
    const char *name;
    enum variable_kind kind;
    const char *text; /* "": not said */
};

enum { VARIABLES = 12 };

struct filling {
    const struct batch_ask *ask;
    struct arena arena;
    struct variable variables[VARIABLES];
    int count;
    const char *file;
    int line;
};

int64_t batch_nodes(int64_t workers, int64_t cores_per_worker, int64_t cores_per_node)
{
    int64_t on_each = cores_per_worker > 0 ? cores_per_node / cores_per_worker : 0;
    return on_each ? (workers + on_each - 1) / on_each : 0;
}

bool batch_env_is_safe(const char *name)
{
    static const char *const BEGINNINGS[] = {"LD_", "DYLD_", "BASH_", "SLURM_", "SBATCH_", "SRUN_", "DOCKET_", "QDO_"};
    static const char *const NAMES[] = {"ENV", "IFS", "PS4", "SHELLOPTS", "BASHOPTS", "HOME", "PWD", "OLDPWD", "SHELL", "USER", "LOGNAME",
                                        "PYTHONSTARTUP", "PYTHONHOME", "PERL5OPT", "RUBYOPT", "NODE_OPTIONS", "GCONV_PATH", "HOSTNAME", "TMPDIR",
                                        "SSH_AUTH_SOCK", "SSH_CONNECTION"};
    if (!isalpha((unsigned char)*name) && *name != '_')
        return false;
    for (const char *c = name; *c; c++)
        if ((unsigned char)*c > 126 || (!isalnum((unsigned char)*c) && *c != '_'))
            return false;
    for (size_t i = 0; i < COUNT_OF(BEGINNINGS); i++)
        if (strncmp(name, BEGINNINGS[i], strlen(BEGINNINGS[i])) == 0)
            return false;
    for (size_t i = 0; i < COUNT_OF(NAMES); i++)
        if (strcmp(name, NAMES[i]) == 0)
            return false;
    return true;
}

/* The commands */

static void put_word(struct buf *b, const char *option, const char *value)
{
    if (!value)
        return;
    buf_printf(b, " %s ", option);
    text_shell_word(b, value);
}

static void put_seconds(struct buf *b, const char *option, int64_t us)
{
    if (us >= 0)
        buf_printf(b, " %s %lld", option, (long long)((us + CLOCK_SECOND - 1) / CLOCK_SECOND));
}

/* It knows $worker (HOST.K) and $until (epoch; empty: no walltime). */
static const char *worker_command(struct arena *a, const struct batch_worker *w)
{
    CLEANUP(buf_done) struct buf b = {0};
    for (int i = 0; w->program[i]; i++) {
        if (i)
            buf_putc(&b, ' ');
        text_shell_word(&b, w->program[i]);
    }
    buf_puts(&b, " work ");
    text_shell_word(&b, w->queue);
    buf_printf(&b, " -j 1 --name \"job%lld.$worker\"", (long long)w->job);
    put_word(&b, "--server", w->server);
    put_word(&b, "--pin", w->pin);
    buf_puts(&b, " --token-file ../token --quiet");
    put_word(&b, "--script", w->script);
    put_seconds(&b, "--idle-timeout", w->idle_us);
    put_seconds(&b, "--reserve", w->reserve_us);
    buf_puts(&b, " ${until:+--walltime-until \"$until\"}");
    return arena_copy(a, buf_text(&b), b.len);
}

static int environment(struct arena *a, const struct batch_ask *ask, const char **out, struct err *e)
{
    CLEANUP(buf_done) struct buf b = {0};
    for (int i = 0; i < ask->env_count; i++) {
        const struct batch_variable *v = &ask->env[i];
        if (!batch_env_is_safe(v->name))
            return err_refuse(e, ERR_BAD_FIELD, "env: jobs are not given a variable called '%.80s'", v->name);
        buf_printf(&b, "%sexport %s=", i ? "\n" : "", v->name);
        text_shell_word(&b, v->value);
    }
    *out = arena_copy(a, buf_text(&b), b.len);
    return 0;
}

/* The variables */

static void add(struct filling *f, enum variable_kind kind, const char *name, const char *text)
{
    f->variables[f->count++] = (struct variable){name, kind, text ? text : ""};
}

static void add_number(struct filling *f, const char *name, int64_t n)
{
    add(f, VALUE, name, n ? arena_printf(&f->arena, "%lld", (long long)n) : "");
}

/* As Slurm has it: minutes would do for most, seconds are not lost so. */
static const char *walltime(struct arena *a, int64_t us)
{
    long long s = (us + CLOCK_SECOND - 1) / CLOCK_SECOND;
    return s ? arena_printf(a, "%lld-%02lld:%02lld:%02lld", s / 86400, s / 3600 % 24, s / 60 % 60, s % 60) : "";
}

static int fill(struct filling *f, struct err *e)
{
    const struct batch_ask *ask = f->ask;
    const char *env;
    int r = environment(&f->arena, ask, &env, e);
    if (r)
        return r;
    add(f, VALUE, "name", ask->name);
    add_number(f, "workers", ask->workers);
    add_number(f, "cores", ask->cores);
    add_number(f, "nodes", ask->nodes);
    add(f, VALUE, "walltime", walltime(&f->arena, ask->walltime_us));
    add(f, VALUE, "walltime_seconds", arena_printf(&f->arena, "%lld", (long long)((ask->walltime_us + CLOCK_SECOND - 1) / CLOCK_SECOND)));
    add(f, VALUE, "partition", ask->partition);
    add(f, VALUE, "account", ask->account);
    add(f, VALUE, "qos", ask->qos);
    add(f, CODE, "environment", env);
    add(f, CODE, "command", ask->worker ? worker_command(&f->arena, ask->worker) : ask->command);
    return 0;
}

/* The template */

static const struct variable *find(const struct filling *f, const char *name, size_t n)
{
    for (int i = 0; i < f->count; i++)
        if (strlen(f->variables[i].name) == n && memcmp(f->variables[i].name, name, n) == 0)
            return &f->variables[i];
    return NULL;
}

static int refuse_unknown(struct filling *f, const char *name, size_t n, struct err *e)
{
    CLEANUP(buf_done) struct buf known = {0};
    for (int i = 0; i < f->count; i++)
        buf_printf(&known, "%s{{%s}}", i ? " " : "", f->variables[i].name);
    int r = err_refuse(e, ERR_BAD_FIELD, "template '%s', line %d: there is no {{%.*s}}", f->file, f->line, (int)(n < 40 ? n : 40), name);
    err_hint(e, "there are %s", buf_text(&known));
    return r;
}

/* sbatch reads the line as words. */
static int check_sbatch(const struct variable *v, struct err *e)
{
    static const char SIGNS[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.,:@/+=%-";
    if (v->kind == CODE)
        return err_refuse(e, ERR_BAD_FIELD, "{{%s}} cannot stand in a line of #SBATCH", v->name);
    if (v->text[strspn(v->text, SIGNS)])
        return err_refuse(e, ERR_BAD_FIELD, "%s: '%.80s' holds characters that a line of #SBATCH cannot carry", v->name, v->text);
    return 0;
}

/* A {{NAME}} that begins at `at`: its end, behind the braces; NULL: those are other braces. */
static const char *name_end(const char *at, const char *end)
{
    const char *c = at + 2;
    while (c < end && (islower((unsigned char)*c) || *c == '_'))
        c++;
    return c > at + 2 && end - c >= 2 && c[0] == '}' && c[1] == '}' ? c + 2 : NULL;
}

static void put(struct buf *out, const struct variable *v, bool sbatch)
{
    if (sbatch || v->kind == CODE)
        buf_puts(out, v->text);
    else
        text_shell_word(out, v->text);
}

/* One line without its newline. *out_said false: it holds a value that was not said. */
static int put_line(struct filling *f, const char *line, const char *end, bool sbatch, struct buf *out, bool *out_said, struct err *e)
{
    *out_said = true;
    for (const char *at = line, *next; at < end; at = next) {
        const char *behind = end - at > 4 && at[0] == '{' && at[1] == '{' ? name_end(at, end) : NULL;
        next = behind ? behind : at + 1;
        if (!behind) {
            buf_putc(out, *at);
            continue;
        }
        const struct variable *v = find(f, at + 2, (size_t)(behind - at) - 4);
        if (!v)
            return refuse_unknown(f, at + 2, (size_t)(behind - at) - 4, e);
        int r = sbatch && f->ask->scheduler ? check_sbatch(v, e) : 0; /* else the line is dropped */
        if (r)
            return r;
        *out_said = *out_said && *v->text;
        put(out, v, sbatch);
    }
    return 0;
}

static int copy(struct filling *f, const char *template, struct buf *out, struct err *e)
{
    for (const char *line = template, *end; *line; line = *end ? end + 1 : end) {
        CLEANUP(buf_done) struct buf filled = {0};
        bool sbatch = strncmp(line, SBATCH, strlen(SBATCH)) == 0, said;
        end = strchrnul(line, '\n');
        f->line++;
        int r = put_line(f, line, end, sbatch, &filled, &said, e);
        if (r)
            return r;
        bool code_only = end - line > 4 && line[0] == '{' && name_end(line, end) == end;
        if ((sbatch && (!said || !f->ask->scheduler)) || (code_only && !filled.len))
            continue;
        buf_add(out, buf_text(&filled), filled.len);
        buf_putc(out, '\n');
    }
    return 0;
}

static int refuse_size(size_t n, struct err *e)
{
    return err_refuse(e, ERR_TOO_LARGE, "the script of the job has %zu bytes, more than %d", n, LIMIT_SCRIPT);
}

int batch_render(const struct batch_ask *ask, struct buf *out, struct err *e)
{
    const char *ours = ask->worker ? BATCH_SH : BATCH_JOB_SH;
    struct filling f = {.ask = ask, .file = ask->template_file ? ask->template_file : "docket's own"};
    CLEANUP(buf_done) struct buf script = {0};
    int r = fill(&f, e);
    if (!r)
        r = copy(&f, ask->template ? ask->template : ours, &script, e);
    if (!r && script.len > LIMIT_SCRIPT)
        r = refuse_size(script.len, e);
    if (!r)
        buf_add(out, buf_text(&script), script.len);
    arena_done(&f.arena);
    return r;
}
