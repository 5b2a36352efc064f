/* What a machine may preload: made for another C library, it ends every program that loads it. */
#include <stdlib.h>

__attribute__((constructor)) static void end(void) { _Exit(99); }
