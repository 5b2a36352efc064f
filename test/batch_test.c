/* The scripts of jobs: what stands in them, what of outside can get into them, and that a shell runs them as meant. */
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/limits.h"
#include "check.h"
#include "launch/batch.h"

static const char *const PROGRAM[] = {"docket", NULL};
static const struct batch_worker WORKER = {.program = PROGRAM, .queue = "ann/it's mine", .job = 7, .server = "https://127.0.0.1:41001",
                                           .pin = "sha256//AAAA", .script = "./one $x.sh", .idle_us = 90 * CLOCK_SECOND, .reserve_us = -1};
static const struct batch_ask ASK = {.name = "docket-7", .scheduler = true, .workers = 3, .cores = 2, .walltime_us = 90061 * CLOCK_SECOND,
                                     .partition = "short", .worker = &WORKER};

static bool holds(const struct buf *b, const char *text) { return strstr(b->len ? b->data : "", text) != NULL; }

/* Its script, or what is wrong with it. */
static const char *rendered(const struct batch_ask *ask, struct buf *b)
{
    struct err e = {0};
    b->len = 0;
    if (batch_render(ask, b, &e) != 0) {
        b->len = 0;
        buf_printf(b, "%s; %s", e.text, e.hint);
    }
    return buf_text(b);
}

static void check_workers(void)
{
    CLEANUP(buf_done) struct buf b = {0};
    struct batch_ask ask = ASK;
    rendered(&ask, &b);
    CHECK("it begins as a script", strncmp(buf_text(&b), "#!/bin/sh\n#SBATCH --job-name=docket-7\n", 37) == 0);
    CHECK("what was said", holds(&b, "\n#SBATCH --ntasks=3\n#SBATCH --cpus-per-task=2\n#SBATCH --time=1-01:01:01\n#SBATCH --partition=short\n#SBATCH --signal="));
    CHECK("what was not", !holds(&b, "--account") && !holds(&b, "--qos") && !holds(&b, "--nodes"));
    CHECK("the worker", holds(&b, "    exec docket work 'ann/it'\\''s mine' -j 1 --name \"job7.$worker\" --server https://127.0.0.1:41001 --pin sha256//AAAA "
                                  "--token-file ../token --quiet --script './one $x.sh' --idle-timeout 90 ${until:+--walltime-until \"$until\"}\n"));
    CHECK("no value is left out", !holds(&b, "{{"));
    ask.scheduler = false;
    rendered(&ask, &b);
    CHECK("without a scheduler there is no word of one", !holds(&b, "#SBATCH"));
}

static void check_plain(void)
{
    CLEANUP(buf_done) struct buf b = {0};
    struct batch_variable env[] = {{"A", "x y"}, {"B_2", "it's\n$HOME"}};
    struct batch_ask ask = {.name = "n", .scheduler = true, .workers = 1, .cores = 1, .command = "echo \"$A\" {{b}}; echo {} {{", .env = env, .env_count = 2};
    CHECK_TEXT("a plain job", rendered(&ask, &b),
               "#!/bin/sh\n#SBATCH --job-name=n\n#SBATCH --cpus-per-task=1\n# A job of docket's. It runs in the folder files/ of the job.\n"
               "export A='x y'\nexport B_2='it'\\''s\n$HOME'\necho \"$A\" {{b}}; echo {} {{\n");
}

static void check_hostile(void)
{
    static const char *const BAD[] = {"a b", "a\n#SBATCH --uid=0", "a\t", "a#", "a\"", "a'", "a\\", "a;", "a\x7f", "\xc3\xa4", "$x", "`x`"};
    CLEANUP(buf_done) struct buf b = {0};
    int refused = 0;
    for (size_t i = 0; i < COUNT_OF(BAD); i++) {
        struct batch_ask ask = ASK;
        ask.partition = BAD[i];
        refused += strstr(rendered(&ask, &b), "partition: ") != NULL;
        ask.partition = NULL;
        ask.account = BAD[i];
        refused += strstr(rendered(&ask, &b), "account: ") != NULL;
    }
    CHECK("nothing but words in the lines of #SBATCH", refused == 2 * (int)COUNT_OF(BAD));
}

static void check_env(void)
{
    static const char *const GOOD[] = {"A", "_a9", "PATH", "LANG", "OMP_NUM_THREADS", "PYTHONPATH"};
    static const char *const BAD[] = {"", "9A", "A B", "A=B", "A-B", "a\n", "LD_PRELOAD", "LD_LIBRARY_PATH", "BASH_ENV", "ENV", "IFS", "BASH_FUNC_x%%",
                                      "DOCKET_TOKEN", "SLURM_JOB_ID", "SBATCH_PARTITION", "HOME", "\xc3\xa4", "A\x01"};
    int good = 0, bad = 0;
    for (size_t i = 0; i < COUNT_OF(GOOD); i++)
        good += batch_env_is_safe(GOOD[i]);
    for (size_t i = 0; i < COUNT_OF(BAD); i++)
        bad += !batch_env_is_safe(BAD[i]);
    CHECK("variables that jobs are given", good == (int)COUNT_OF(GOOD));
    CHECK("and those they are not", bad == (int)COUNT_OF(BAD));
    CLEANUP(buf_done) struct buf b = {0};
    struct batch_variable env = {"LD_PRELOAD", "x"};
    struct batch_ask ask = ASK;
    ask.env = &env;
    ask.env_count = 1;
    CHECK_TEXT("one of these is refused", rendered(&ask, &b), "env: jobs are not given a variable called 'LD_PRELOAD'; ");
}

static void check_templates(void)
{
    CLEANUP(buf_done) struct buf b = {0}, large = {0};
    struct batch_ask ask = ASK;
    ask.template_file = "own.sh";
    ask.template = "#SBATCH -p {{partition}} -A {{account}}\nmodule load x {not} {{ } {{a-b}}\n{{name}} {{account}}\nrun {{command}}";
    rendered(&ask, &b);
    CHECK("a template of the site's own", strncmp(buf_text(&b), "module load x {not} {{ } {{a-b}}\ndocket-7 ''\nrun docket work ", 60) == 0);
    ask.template = "a\nb\n  {{colour}}\n";
    CHECK("an unknown value is refused, where it stands", strncmp(rendered(&ask, &b), "template 'own.sh', line 3: there is no {{colour}}; there are {{name}} ", 60) == 0);
    ask.template = "#SBATCH --comment={{command}}\n";
    CHECK_TEXT("commands stand in no line of #SBATCH", rendered(&ask, &b), "{{command}} cannot stand in a line of #SBATCH; ");
    ask.template = "";
    CHECK_TEXT("nothing", rendered(&ask, &b), "");
    for (int i = 0; i < LIMIT_SCRIPT; i++)
        buf_putc(&large, (i + 1) % 64 ? 'x' : '\n');
    ask.template = buf_text(&large);
    CHECK("as long as may be", strcmp(rendered(&ask, &b), ask.template) == 0);
    buf_puts(&large, "x");
    ask.template = buf_text(&large);
    CHECK("LIMIT_SCRIPT", strstr(rendered(&ask, &b), "bytes, more than 1048576") != NULL);
}

static void check_nodes(void)
{
    CHECK("as qdo has it", batch_nodes(48, 8, 32) == 12);
    CHECK("rounded up", batch_nodes(49, 8, 32) == 13 && batch_nodes(1, 1, 64) == 1);
    CHECK("a worker has all its cores on one node", batch_nodes(32, 5, 32) == 6);
    CHECK("one that fits on none", batch_nodes(1, 33, 32) == 0 && batch_nodes(1, 0, 32) == 0 && batch_nodes(1, 1, 0) == 0);
}

/* Runs the script in a directory of its own, as a job has it; what the program was called with stands in ran.K. */
static int run_job(const char *program, const char *signal, struct buf *ran)
{
    CLEANUP(buf_done) struct buf b = {0}, command = {0};
    char dir[] = "/tmp/docket-batch.XXXXXX";
    struct err e;
    const char *const own[] = {"../program", NULL};
    struct batch_worker worker = WORKER;
    struct batch_ask ask = ASK;
    worker.program = own;
    ask.worker = &worker;
    ask.scheduler = false;
    rendered(&ask, &b);
    if (!mkdtemp(dir))
        abort();
    CLEANUP(arena_done) struct arena a = {0};
    const char *script = arena_printf(&a, "%s/job.sh", dir), *path = arena_printf(&a, "%s/program", dir);
    if (file_write(script, b.data, b.len, 0700, &e) || file_write(path, program, strlen(program), 0700, &e) ||
        file_make_dirs(arena_printf(&a, "%s/files", dir), 0700, &e))
        abort();
    buf_printf(&command, "cd %s/files || exit 99; unset SLURM_JOB_END_TIME SLURM_JOB_NUM_NODES; /bin/sh ../job.sh & pid=$!; %s wait $pid; code=$?; "
                         "cat %s/files/ran.* >%s/all; exit $code", dir, signal, dir, dir);
    int status = system(buf_text(&command));
    if (file_read(arena_printf(&a, "%s/all", dir), LIMIT_SCRIPT, ran, &e) ||
        system(arena_printf(&a, "rm -rf %s", dir)))
        abort();
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int count(const struct buf *b, const char *text)
{
    int n = 0;
    for (const char *at = b->len ? b->data : ""; (at = strstr(at, text)); at++)
        n++;
    return n;
}

static void check_run(void)
{
    CLEANUP(buf_done) struct buf ran = {0}, told = {0}, failed = {0};
    int status = run_job("#!/bin/sh\nfor w; do printf '%s|' \"$w\"; done >\"ran.${6##*.}\"\n", "", &ran);
    buf_putc(&ran, '\0');
    CHECK("each worker runs once, and all of them are waited for", status == 0 && count(&ran, "work|ann/it's mine|-j|1|--name|job7.") == 3);
    CHECK("each has a name of its own", count(&ran, ".0|--server|") == 1 && count(&ran, ".1|--server|") == 1 && count(&ran, ".2|--server|") == 1);
    CHECK("and is told when the walltime ends", count(&ran, "|--walltime-until|") == 3);
    status = run_job("#!/bin/sh\n[ \"${6##*.}\" != 1 ] || exit 4\n: >\"ran.${6##*.}\"\n", "", &failed);
    CHECK("it ends as the workers did", status == 4);
    status = run_job("#!/bin/sh\ntrap 'echo told >\"ran.${6##*.}\"; exit 0' TERM\n: >\"up.${6##*.}\"\nwhile :; do sleep 0.05; done\n",
                     "while [ \"$(ls | grep -c up)\" != 3 ]; do sleep 0.05; done; kill -s TERM $pid;", &told);
    buf_putc(&told, '\0');
    CHECK("TERM is handed on, and they are waited for", status == 0 && count(&told, "told") == 3);
}

int main(void)
{
    check_workers();
    check_plain();
    check_hostile();
    check_env();
    check_templates();
    check_nodes();
    check_run();
    return check_end();
}
