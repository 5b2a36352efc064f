/* The warnings of /healthz, at their limits. */
#include "base/limits.h"
#include "check.h"
#include "core/warning.h"

int main(void)
{
    struct store_size size = {.log_bytes = LIMIT_LOG - 1};
    CHECK("a log below LIMIT_LOG is none", !warning_holds(WARNING_LOG, &size));
    size.log_bytes = LIMIT_LOG;
    CHECK("a log of LIMIT_LOG is one", warning_holds(WARNING_LOG, &size));
    CHECK_TEXT("its code", warning_code(WARNING_LOG), "log_large");
    return check_end();
}
