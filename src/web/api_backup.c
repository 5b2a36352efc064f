/* A copy of the whole store. Its bytes are sent from a file, never from the store itself, so a client may take as long as it
 * likes. */
#include "core/backup.h"
#include "web/request.h"

int api_backup(struct request *r, struct turn *t, struct err *e)
{
    struct backup_copy copy;
    int bad = backup_ask(t, &r->work, &copy, e);
    return bad ? bad : request_answer_file(r, copy.fd, copy.bytes, "application/vnd.sqlite3");
}
