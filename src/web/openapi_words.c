/* Schemas of words that other tables own: problems (errors.def), states of a task (state.def), ends of an attempt. */
#include "base/cleanup.h"
#include "base/err.h"
#include "core/lease.h"
#include "core/task.h"
#include "web/openapi.h"

static json_t *constant(const char *text) { return json_pack("{s:s}", "const", text); }

/* The rows of errors.def that go over the wire: each has its own code, status and title. */
static json_t *problem_rows(void)
{
    json_t *rows = json_array();
    for (int i = ERR_NONE + 1; i < ERR_COUNT; i++) {
        enum err_code code = (enum err_code)i;
        if (err_http_status(code))
            json_array_append_new(rows, json_pack("{s:{s:o, s:{s:i}, s:o}}", "properties", "code",
                                                  constant(err_wire(code)), "status", "const", err_http_status(code),
                                                  "title", constant(err_title(code))));
    }
    return rows;
}

static json_t *problem(void)
{
    static const char *const SUMS[] = {"lines", "added", "existed", "size"}; /* of a stream: up to where it was taken */
    json_t *properties = json_pack("{s:o, s:{s:s}, s:{s:s}, s:{s:s}, s:{s:s}, s:{s:s}}", "type",
                                   constant("about:blank"), "title", "type", "string", "status", "type", "integer",
                                   "code", "type", "string", "detail", "type", "string", "hint", "type", "string");
    for (size_t i = 0; i < COUNT_OF(SUMS); i++)
        json_object_set_new(properties, SUMS[i], openapi_ref("schemas", "Count"));
    json_object_set_new(properties, "error", openapi_ref("schemas", "LineError"));
    return json_pack("{s:s, s:s, s:o, s:[s, s, s, s, s], s:o, s:b}", "type", "object", "description",
                     "why a request was refused (RFC 9457); code is stable", "properties", properties, "required",
                     "type", "title", "status", "code", "detail", "oneOf", problem_rows(), "additionalProperties", 0);
}

static json_t *task_states(void)
{
    json_t *words = json_array();
    for (int state = 0; state < TASK_STATES; state++)
        json_array_append_new(words, json_string(task_state_word((enum task_state)state)));
    return json_pack("{s:s, s:s, s:o}", "type", "string", "description", "the state of a task", "enum", words);
}

static json_t *attempt_outcomes(void)
{
    json_t *words = json_array();
    for (int outcome = 0; outcome < ATTEMPT_OUTCOMES; outcome++)
        json_array_append_new(words, json_string(lease_outcome_word((enum attempt_outcome)outcome)));
    return json_pack("{s:s, s:s, s:o}", "type", "string", "description", "what ended an attempt", "enum", words);
}

void openapi_words(json_t *schemas)
{
    json_object_set_new(schemas, "Problem", problem());
    json_object_set_new(schemas, "TaskState", task_states());
    json_object_set_new(schemas, "AttemptOutcome", attempt_outcomes());
}
