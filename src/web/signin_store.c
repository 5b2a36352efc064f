/* A password against what its account keeps of it; and which way a setting names. */
#include <limits.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "web/signin_way.h"

static int verify(const struct signin_ask *ask, struct signin_yes *out, struct err *e)
{
    snprintf(out->user, sizeof out->user, "%s", ask->name);
    out->until_s = 0;
    return crypto_pwhash_str_verify(ask->with, ask->password, strlen(ask->password)) == 0;
}

const struct signin_way SIGNIN_STORE = {"store", verify};

int signin_way_from(const char *setting, const struct signin_way **out, struct err *e)
{
    static const struct signin_way *const NAMED[] = {&SIGNIN_STORE, &SIGNIN_PAM};
    for (size_t i = 0; i < COUNT_OF(NAMED); i++)
        if (strcmp(setting, NAMED[i]->word) == 0) {
            *out = NAMED[i];
            return 0;
        }
    if (*setting == '/' && strlen(setting) < PATH_MAX) {
        *out = &SIGNIN_COMMAND;
        return 0;
    }
    err_refuse(e, ERR_SETTINGS, "there is no way to sign in called '%.200s'", setting);
    err_hint(e, "store, pam, or the path of a program, from /");
    return ERR_SETTINGS;
}
