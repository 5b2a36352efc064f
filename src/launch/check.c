/* What works at a site and what does not. */
#include "launch/launcher_inner.h"

void check_site(struct place *p, int64_t errand, bool with_job)
{
    errand_answer_text(p->l->o.engine, errand, "{}");
}
