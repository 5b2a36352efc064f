/* docket(1): what there is, with the verbs of verbs.def and the exit statuses of errors.def. */
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "cli/manual.h"
#include "cli/place.h"
#include "cli/roff.h"

static const struct manual_row ENVIRONMENT[] = {
    {"DOCKET_SERVER", "The server that verbs ask, as --server."},
    {"DOCKET_TOKEN_FILE", "A file that holds the token for it, as --token-file."},
    {"DOCKET_CA_FILE", "Certificates of those who are trusted to sign the server's, as --ca-file."},
    {"DOCKET_PIN", "The hash of the server's key, by which alone it is known, as --pin."},
    {"DOCKET_BUNDLE", "A file with the portable bundle, which serve puts onto other machines where it does not run from one itself."},
    {"DOCKET_TOKEN", "The token itself. No command that docket runs ever sees it."},
    {"DOCKET_DATA", "The data directory, as --data."},
    {"DOCKET_NAME", "Any other setting of docket serve by its name, as DOCKET_LOG_LEVEL; docket.conf(5) has them."},
    {"PORT", "What docket serve listens on, where DOCKET_LISTEN does not say it; the port of addresses without one."},
    {"DOCKET_LD_PRELOAD", "LD_PRELOAD, on its way through the portable bundle's launcher to the commands."},
    {"DOCKET_LD_AUDIT", "LD_AUDIT, in the same way."},
    {"DATABASE_URL", "The database of docket serve, where DOCKET_DB does not say it."},
    {"SLURM_JOB_END_TIME", "When the job of Slurm around a worker ends, in place of --walltime-until."},
    {"XDG_DATA_HOME, XDG_CONFIG_HOME", "In place of ~/.local/share and ~/.config."},
    {"TMPDIR", "Where what commands print is kept while they run."},
};

static const struct manual_row GIVEN[] = {
    {"DOCKET_TASK, DOCKET_QUEUE, DOCKET_ATTEMPT", "The id of the task, its queue, which attempt this is, from 1."},
    {"DOCKET_SERVER", "The server the task came from."},
    {"DOCKET_ENTRY, DOCKET_INDEX", "What a task of a list was made from, where its env says so."},
    {"QDO_…", "The same once more under the names that commands written for qdo look for."},
};

static const struct manual_row FILES[] = {
    {PLACE_USER_DATA, "The data directory of a server, mode 0700: the store, server (where it listens), token. One of mode 0750 "
                      "is shared with its group, whose members may use the server."},
    {PLACE_USER_DATA "/run", "The data directories of docket run, one for each file of commands."},
    {PLACE_SYSTEM_DATA, "The data directory of the packaged service, tried second; shared with the group docket."},
    {PLACE_USER_SETTINGS, "Settings of the server; docket.conf(5)."},
    {PLACE_SYSTEM_SETTINGS, "Settings of every server of this machine."},
};

static const struct {
    int status;
    const char *title;
} EXITS[] = {
    {0, "done"},
    {1, "something failed; of run and wait: a task did"},
#define X(name, http, exit, code, title) {exit, title},
#include "base/errors.def"
#undef X
};

static void put_name(void)
{
    roff_page("docket", 1);
    roff_section("NAME");
    puts("docket \\- a queue of commands that survives crashes, and workers that run them");
    roff_section("SYNOPSIS");
    puts("\\fBdocket\\fR \\fIVERB\\fR [\\fIARGUMENTS\\fR] [\\fIOPTIONS\\fR]\n.br\n"
         "\\fBdocket help\\fR [\\fIVERB\\fR]\n.br\n\\fBdocket \\-\\-version\\fR");
}

static void put_description(void)
{
    static const char WORDS[] =
        "Docket hands out work. A server keeps queues of tasks; a worker holds a task under a lease, and what comes back\n"
        "is on disk before it is acknowledged. Stopped, killed or cut off, the same command goes on where it was, and\n"
        "what has finished is never run again.\n\n"
        "  docket run commands.txt      run each line of a file, some at once\n"
        "  docket serve                 a server that keeps queues for workers anywhere\n"
        "  docket load Q commands.txt   fill a queue\n"
        "  docket work Q                run what is in it\n\n"
        "Options stand before or after arguments, as --name value, --name=value, -n value or -nvalue; -- ends them. A hyphen\n"
        "inside a name may be written _.\n";
    roff_section("DESCRIPTION");
    roff_prose(WORDS, sizeof WORDS - 1);
}

static void put_verbs(void)
{
    roff_section("VERBS");
    for (const struct verb *const *v = VERBS; *v; v++) {
        fputs(".TP\n.BR docket\\-", stdout);
        roff_text((*v)->name);
        puts(" (1)");
        manual_sentence((*v)->summary);
    }
}

/* Is there a status above `above`? The least of them. */
static int next_status(int above)
{
    int least = above;
    for (size_t i = 0; i < COUNT_OF(EXITS); i++)
        if (EXITS[i].status > above && (least == above || EXITS[i].status < least))
            least = EXITS[i].status;
    return least;
}

static void put_status(int status)
{
    bool first = true;
    printf(".TP\n.B %d\n", status);
    for (size_t i = 0; i < COUNT_OF(EXITS); i++) {
        if (EXITS[i].status != status)
            continue;
        if (!first)
            puts(";");
        roff_text(EXITS[i].title);
        first = false;
    }
    putchar('\n');
}

static void put_statuses(void)
{
    roff_section("EXIT STATUS");
    for (int status = -1, next; (next = next_status(status)) != status; status = next)
        put_status(next);
}

void manual_overview(void)
{
    put_name();
    put_description();
    put_verbs();
    put_statuses();
    roff_section("ENVIRONMENT");
    manual_rows(ENVIRONMENT, COUNT_OF(ENVIRONMENT));
    puts(".PP\nA command that docket runs is given");
    manual_rows(GIVEN, COUNT_OF(GIVEN));
    roff_section("FILES");
    manual_rows(FILES, COUNT_OF(FILES));
    roff_section("SEE ALSO");
    puts(".BR docket.conf (5)");
}
