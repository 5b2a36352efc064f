/* See scale_view.h. */
#include "cli/scale_view.h"

#include <inttypes.h>
#include <stdio.h>

#include "cli/out.h"

enum { QUEUE_COLUMNS = 24, SITE_COLUMNS = 16 };

static int64_t running(const json_t *scale) { return out_int(json_object_get(scale, "jobs"), "running"); }
static int64_t waiting(const json_t *scale)
{
    const json_t *jobs = json_object_get(scale, "jobs");
    return out_int(jobs, "submitted") + out_int(jobs, "pending");
}

static const char *hours(struct arena *a, const json_t *scale, const char *name)
{
    const json_t *value = json_object_get(scale, name);
    return json_is_number(value) ? arena_printf(a, "%.2f", json_number_value(value)) : "-";
}

static void print_message(const json_t *scale)
{
    const char *message = json_string_value(json_object_get(scale, "message"));
    const char *why = json_string_value(json_object_get(scale, "why"));
    fputs("    ", stdout);
    if (message)
        out_safe(stdout, message);
    else
        out_safe(stdout, json_is_true(json_object_get(scale, "paused")) ? "paused: docket scale Q --site S --resume goes on" : why);
    putchar('\n');
}

void scale_view_list(struct arena *a, const json_t *scales)
{
    size_t i;
    json_t *scale;
    printf("%-*s %-*s %7s %7s %7s %7s %8s %10s %10s %10s\n", QUEUE_COLUMNS, "Queue", SITE_COLUMNS, "Site", "Running", "Waiting", "Wanted", "At most",
           "Backlog", "Spent", "Budget", "Forecast");
    json_array_foreach ((json_t *)scales, i, scale) {
        out_cell(stdout, json_string_value(json_object_get(scale, "queue")), QUEUE_COLUMNS);
        putchar(' ');
        out_cell(stdout, json_string_value(json_object_get(scale, "site")), SITE_COLUMNS);
        printf(" %7" PRId64 " %7" PRId64 " %7" PRId64 " %7" PRId64 " %8" PRId64 " %10s %10s %10s\n", running(scale), waiting(scale),
               out_int(scale, "wanted"), out_int(scale, "max_jobs"), out_int(scale, "backlog"), hours(a, scale, "spent"), hours(a, scale, "budget"),
               hours(a, scale, "forecast"));
        print_message(scale);
    }
}

const char *scale_view_words(struct arena *a, const json_t *scale)
{
    const json_t *budget = json_object_get(scale, "budget");
    const char *of = json_is_number(budget) ? arena_printf(a, " of %s", hours(a, scale, "budget")) : "";
    return arena_printf(a, "%s%" PRId64 " running, %" PRId64 " waiting of at most %" PRId64 " jobs at %s; %s%s core-hours",
                        json_is_true(json_object_get(scale, "paused")) ? "paused; " : "", running(scale), waiting(scale),
                        out_int(scale, "max_jobs"), out_field(a, scale, "site"), hours(a, scale, "spent"), of);
}

int scale_view_ask(struct client *c, struct arena *a, const char *queue, json_t **out, struct err *e)
{
    const char *path = queue ? arena_printf(a, "/api/v1/scales?queue=%s", client_encode(a, queue)) : "/api/v1/scales";
    return client_call(c, "GET", path, NULL, out, e);
}
