/* The description of the native API: OpenAPI 3.1, made at each call from route.def, openapi.def, the tables that bodies
 * are read by, errors.def and openapi.json. */
#ifndef DOCKET_WEB_OPENAPI_H
#define DOCKET_WEB_OPENAPI_H

#include <jansson.h>

#include "base/json.h"
#include "web/request.h"

/* For rows of openapi.def: a URL that reads no body, one whose query has no names. */
extern const struct json_shape openapi_no_body;
extern const struct request_names openapi_no_query;

/* The whole of it, for a server that is reached by url. A new reference. */
json_t *openapi_document(const char *url);

/* {"$ref": …} to the schema of a shape, which is put into schemas with those it is made of. A new reference. */
json_t *openapi_shape(json_t *schemas, const struct json_shape *shape);

/* Puts the schemas of words that other tables own into schemas: Problem, TaskState, AttemptOutcome. */
void openapi_words(json_t *schemas);

/* {"$ref": "#/components/KIND/NAME"}. A new reference. */
json_t *openapi_ref(const char *kind, const char *name);

#endif
