/* qdo(1): what is another under that name, with the verbs that qdo had. */
#include <stdio.h>

#include "base/cleanup.h"
#include "cli/manual.h"
#include "cli/roff.h"
#include "cli/verb.h"

static const struct manual_row DIFFERENCES[] = {
    {"list", "No column of killed tasks: the header is QueueName State Waiting Pending Running Succeeded Failed."},
    {"tasks", "All tasks, a line each: the state and behind it the text. One that would not stay on its line, or has a blank at an "
              "end, is written as $'TEXT' with \\n and the like in it; docket load --qdo-tasks reads both."},
    {"load", "Adds all of the file each time it is called, as docket load --again."},
    {"add, load", "Tasks run where their worker does, unless --cwd says where."},
    {"revive", "Gives priority 2 unless --priority says another."},
};

void manual_qdo(void)
{
    roff_page("qdo", 1);
    roff_section("NAME");
    puts("qdo \\- docket, called by the name that scripts for qdo know");
    roff_section("SYNOPSIS");
    puts("\\fBqdo\\fR \\fIVERB\\fR [\\fIARGUMENTS\\fR] [\\fIOPTIONS\\fR]");
    roff_section("DESCRIPTION");
    roff_line("A link to docket: every verb of docket answers to this name, and those that qdo had take its options, with _ or with - in "
              "their names, before or after other words. They need a server: docket serve. What is another than under the name docket:");
    manual_rows(DIFFERENCES, COUNT_OF(DIFFERENCES));
    roff_section("VERBS");
    for (const struct verb *const *v = VERBS_OF_QDO; *v; v++) {
        fputs(".TP\n.BR docket\\-", stdout);
        roff_text((*v)->name);
        puts(" (1)");
        manual_sentence((*v)->summary);
    }
    roff_section("SEE ALSO");
    puts(".BR docket (1)");
}
