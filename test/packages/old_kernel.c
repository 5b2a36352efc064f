/* old_kernel PROGRAM [WORD…]: runs it as on Linux 4.4 of January 2016, as far as calls go: each that came later answers ENOSYS.
 * On x86_64 the kernel numbers calls by age; mlock2, 325, came with 4.4. */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <unistd.h>

#ifndef __x86_64__
#error "calls are numbered by age on x86_64"
#endif

enum { NEWEST = 325 };

int main(int argc, char **argv)
{
    struct sock_filter rules[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, NEWEST, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {.len = sizeof rules / sizeof rules[0], .filter = rules};
    if (argc < 2) {
        fputs("old_kernel PROGRAM [WORD…]\n", stderr);
        return 2;
    }
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0)
        execvp(argv[1], argv + 1);
    perror("old_kernel");
    return 126;
}
