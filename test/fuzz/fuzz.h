/* What the fuzz targets share: taking an input apart, a file of bytes, and a complaint that the fuzzer takes for a crash.
 * An input is the outside's: its first bytes choose, the rest is what is read. */
#ifndef DOCKET_TEST_FUZZ_H
#define DOCKET_TEST_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"

/* The fuzzer's own entry and, once, what it calls before. Returns 0; -1: this input is not worth keeping. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);
int LLVMFuzzerInitialize(int *argc, char ***argv);

/* Ends the process, with words, where that which must hold does not. */
#define fuzz_must(holds, ...) ((holds) ? (void)0 : fuzz_complain(__FILE__, __LINE__, #holds, __VA_ARGS__))
_Noreturn void fuzz_complain(const char *file, int line, const char *holds, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* What is left of an input. */
struct fuzz_input {
    const uint8_t *at;
    size_t left;
};

/* A number below `below` from the next byte; 0 where nothing is left. */
unsigned fuzz_choice(struct fuzz_input *in, unsigned below);

/* What stands before the next `end`, which is passed over, or all that is left: a new string that ends where it is said to,
 * cut at its first NUL. The caller frees it. */
char *fuzz_text(struct fuzz_input *in, char end);

/* The same as a part of the input, NULs included; the address sanitizer does not see its end. */
struct fuzz_input fuzz_part(struct fuzz_input *in, char end);

/* A copy of n bytes whose ends are guarded. The caller frees it. */
char *fuzz_copy(const void *bytes, size_t n);

/* The path of a file that holds these bytes, until the next call. */
const char *fuzz_file(const void *bytes, size_t n);

/* A refusal is a row of errors.def, said twice alike, with words. */
void fuzz_check_refusal(int r, const struct err *e);

#endif
