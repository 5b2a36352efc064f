/* docket.conf(5): the settings of docket serve, from the table that reads them. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "cli/manual.h"
#include "cli/place.h"
#include "cli/roff.h"
#include "cli/settings.h"

static void put_variable(const char *name)
{
    fputs("DOCKET_", stdout);
    for (; *name; name++)
        putchar(*name == '-' ? '_' : toupper((unsigned char)*name));
}

static void put_setting(size_t i)
{
    const struct option *o = &SETTINGS[i];
    const char *otherwise = settings_get(&SETTINGS_DEFAULTS, i);
    fputs(".TP\n", stdout);
    roff_bold(o->name);
    fputs(" = ", stdout);
    roff_italic(o->value);
    putchar('\n');
    manual_sentence(o->help);
    fputs(".br\nDefault: ", stdout);
    roff_text(*otherwise ? otherwise : "none");
    fputs(". Variable: ", stdout);
    put_variable(o->name);
    puts(".");
}

void manual_settings(void)
{
    static const char WORDS[] =
        "A file of lines `name = value`; a line that begins with # or ; is not read. Every name must be known. A setting\n"
        "is taken from the first place that has it: an option of docket serve, the environment (also PORT for listen,\n"
        "DATABASE_URL for db), " PLACE_USER_SETTINGS ",\n"
        PLACE_SYSTEM_SETTINGS ", the default. With --config FILE no other file is read. docket config prints each setting\n"
        "and where it came from. listen may stand on several lines, each with one or more, blanks or commas between them\n"
        "(docket-serve(1) says more of them). Where the port that listen has in " PLACE_SYSTEM_SETTINGS " is taken (by the service, as a\n"
        "rule), your own server takes the next free one; with --config it does not.\n";
    roff_page("docket.conf", 5);
    roff_section("NAME");
    puts("docket.conf \\- settings of the docket server");
    roff_section("DESCRIPTION");
    roff_prose(WORDS, sizeof WORDS - 1);
    roff_section("SETTINGS");
    for (size_t i = 0; i < SETTINGS_COUNT; i++)
        if (strcmp(SETTINGS[i].name, "config") != 0) /* a file cannot name the file */
            put_setting(i);
    roff_section("SEE ALSO");
    puts(".BR docket\\-serve (1),\n.BR docket\\-config (1)");
}
