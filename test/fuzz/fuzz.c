/* See fuzz.h. */
#include "fuzz.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

void fuzz_complain(const char *file, int line, const char *holds, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fprintf(stderr, "%s:%d: this must hold: %s\n  ", file, line, holds);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    va_end(args);
    abort();
}

unsigned fuzz_choice(struct fuzz_input *in, unsigned below)
{
    if (!in->left)
        return 0;
    in->left--;
    return *in->at++ % below;
}

struct fuzz_input fuzz_part(struct fuzz_input *in, char end)
{
    const uint8_t *stop = in->left ? memchr(in->at, end, in->left) : NULL;
    struct fuzz_input part = {in->at, stop ? (size_t)(stop - in->at) : in->left};
    size_t used = part.left + (stop != NULL);
    in->at += used;
    in->left -= used;
    return part;
}

char *fuzz_copy(const void *bytes, size_t n)
{
    char *copy = malloc(n ? n : 1);
    if (!copy)
        abort();
    if (n)
        memcpy(copy, bytes, n);
    return copy;
}

char *fuzz_text(struct fuzz_input *in, char end)
{
    struct fuzz_input part = fuzz_part(in, end);
    char *text = strndup(part.left ? (const char *)part.at : "", part.left);
    if (!text)
        abort();
    return text;
}

const char *fuzz_file(const void *bytes, size_t n)
{
    static int fd = -1;
    static char path[64];
    if (fd < 0) {
        fd = memfd_create("input", MFD_CLOEXEC);
        snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    }
    fuzz_must(fd >= 0 && ftruncate(fd, 0) == 0 && pwrite(fd, bytes, n, 0) == (ssize_t)n, "no file for the input");
    return path;
}

void fuzz_check_refusal(int r, const struct err *e)
{
    fuzz_must(r > 0 && r < ERR_COUNT, "the outcome %d is no refusal: %s", r, e->text);
    fuzz_must((int)e->code == r, "it returned %d and said %d: %s", r, e->code, e->text);
    fuzz_must(e->text[0], "%s without a word", err_wire(e->code));
    fuzz_must(memchr(e->text, 0, sizeof e->text) && memchr(e->hint, 0, sizeof e->hint), "the words have no end");
}
