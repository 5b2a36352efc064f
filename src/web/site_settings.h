/* The settings of a site as they are sent, or stand in a settings file: a JSON object, read strictly and stored in one form. */
#ifndef DOCKET_WEB_SITE_SETTINGS_H
#define DOCKET_WEB_SITE_SETTINGS_H

#include "base/arena.h"
#include "base/json.h"

/* Its fields. */
extern const struct json_shape site_settings_shape;

/* Looks at settings; *out_kind is borrowed from them, *out_text (compact, names sorted; without those that are null) lives in a. 0;
 * ERR_BAD_FIELD; ERR_UNKNOWN_FIELD with the one that was probably meant; ERR_TOO_LARGE. */
int site_settings_read(const json_t *settings, struct arena *a, const char **out_kind, const char **out_text, struct err *e);

#endif
