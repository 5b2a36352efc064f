/* The kernel protects process 1 from signals it has no handler for, and gives it every orphan; a program that knows nothing of it
 * cannot be stopped and gathers zombies. So process 1 stays this small loop, and the program is its child, which is a process
 * like any other.
 *
 * The child has a process group of its own, and the terminal if there is one: a key pressed there is the child's alone, and
 * does not come a second time by way of the parent (a second Ctrl-C means something else than the first). When the child
 * has ended so has the parent, and with it, by the kernel, whatever else runs in the container. */
#include "cli/first_process.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

/* The terminal, if standard input is one, is the child's. Both say so: neither may go on before it is. */
static void take_group(pid_t child)
{
    setpgid(child, child);
    if (isatty(STDIN_FILENO))
        tcsetpgrp(STDIN_FILENO, child); /* SIGTTOU is blocked */
}

/* Reaps all who have ended. True: the child is among them; its status. */
static bool reap(pid_t child, int *out_status)
{
    int status;
    pid_t pid;
    bool over = false;
    while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
        if (pid == child) {
            *out_status = status;
            over = true;
        }
    return over;
}

_Noreturn static void watch_over(pid_t child, const sigset_t *all)
{
    for (;;) {
        int status, signal = sigwaitinfo(all, NULL);
        if (signal == SIGCHLD && reap(child, &status))
            _exit(WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status));
        if (signal > 0 && signal != SIGCHLD)
            kill(child, signal);
    }
}

void first_process_guard(void)
{
    sigset_t all, before;
    if (getpid() != 1)
        return;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, &before);
    signal(SIGCHLD, SIG_DFL); /* ignored, as it may have been handed to us, nobody's status would be known */
    pid_t child = fork();
    if (child < 0) {
        perror("docket: fork");
        exit(EXIT_FAILURE);
    }
    take_group(child ? child : getpid());
    if (child)
        watch_over(child, &all);
    sigprocmask(SIG_SETMASK, &before, NULL);
}
