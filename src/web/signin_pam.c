/* The machine's own users, by PAM (pam_start(3), pam_authenticate(3), pam_acct_mgmt(3)), service "docket". Whatever a module asks for without an echo is answered with the password; whatever it wants to tell is passed
 * over. */
#include <security/pam_appl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "web/signin_way.h"

/* The answers become the module's, which frees them (pam_conv(3)). */
static int converse(int count, const struct pam_message **asked, struct pam_response **out, void *arg)
{
    const struct signin_ask *ask = arg;
    struct pam_response *answers = calloc((size_t)count, sizeof *answers);
    if (!answers)
        return PAM_BUF_ERR;
    for (int i = 0; i < count; i++)
        if (asked[i]->msg_style == PAM_PROMPT_ECHO_OFF)
            answers[i].resp = strdup(ask->password);
    *out = answers;
    return PAM_SUCCESS;
}

static bool is_no(int r)
{
    return r == PAM_AUTH_ERR || r == PAM_USER_UNKNOWN || r == PAM_MAXTRIES || r == PAM_ACCT_EXPIRED || r == PAM_PERM_DENIED ||
           r == PAM_NEW_AUTHTOK_REQD || r == PAM_CRED_INSUFFICIENT;
}

static int verify(const struct signin_ask *ask, struct signin_yes *out, struct err *e)
{
    pam_handle_t *pam = NULL;
    const struct pam_conv conversation = {converse, (void *)ask};
    int r = pam_start("docket", ask->name, &conversation, &pam);
    if (r != PAM_SUCCESS)
        return err_fail(e, ERR_SIGN_IN, "PAM could not be begun");
    r = pam_authenticate(pam, PAM_SILENT | PAM_DISALLOW_NULL_AUTHTOK);
    if (r == PAM_SUCCESS)
        r = pam_acct_mgmt(pam, PAM_SILENT | PAM_DISALLOW_NULL_AUTHTOK);
    if (r != PAM_SUCCESS && !is_no(r))
        err_fail(e, ERR_SIGN_IN, "PAM: %s", pam_strerror(pam, r));
    pam_end(pam, r);
    snprintf(out->user, sizeof out->user, "%s", ask->name);
    out->until_s = 0;
    return r == PAM_SUCCESS ? 1 : is_no(r) ? 0 : -ERR_SIGN_IN;
}

const struct signin_way SIGNIN_PAM = {"pam", verify};
