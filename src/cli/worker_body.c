/* Bodies of the worker's requests, written as text: the results in them are JSON already. */
#include "base/clock.h"
#include "cli/worker_parts.h"

void worker_body_open(const struct worker *w, struct buf *json)
{
    buf_printf(json, "{\"worker\":%s", w->name_json);
}

/* Whatever the locale's decimal point. */
void worker_body_seconds(struct buf *json, const char *name, int64_t us)
{
    buf_printf(json, ",\"%s\":%lld.%06lld", name, (long long)(us / CLOCK_SECOND), (long long)(us % CLOCK_SECOND));
}

int worker_body_leases(struct buf *json, const char *name, const struct holds *const *of, worker_pick_fn *pick,
                       int max)
{
    int count = 0;
    for (; *of; of++)
        LIST_EACH(node, &(*of)->list)
        {
            if (count == max || !pick(HOLD_OF(node)))
                continue;
            if (count++ == 0)
                buf_printf(json, ",\"%s\":[", name);
            else
                buf_putc(json, ',');
            buf_printf(json, "%lld", (long long)HOLD_OF(node)->lease);
        }
    if (count)
        buf_putc(json, ']');
    return count;
}

struct client_request *worker_body_send(struct worker *w, const char *path, struct buf *json, int64_t timeout_us,
                                        client_fn *fn)
{
    buf_putc(json, '}');
    return client_send_bytes(w->client, "POST", path, "application/json", json->data, json->len, timeout_us, fn, w);
}
