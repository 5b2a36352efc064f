/* What the terminal was before has to be known to a signal handler, so it stands in the one static of this file. */
#include "cli/terminal.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "base/cleanup.h"

/* The other screen, no wrapping at the edge, no cursor; and back. */
static const char ENTER[] = "\033[?1049h\033[?7l\033[?25l\033[2J";
static const char LEAVE[] = "\033[0m\033[?25h\033[?7h\033[?1049l";

static const int DEADLY[] = {SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL};

static struct {
    struct termios before;
    volatile sig_atomic_t entered;
} taken;

bool terminal_is_one(void)
{
    const char *kind = getenv("TERM");
    return isatty(STDIN_FILENO) && isatty(STDOUT_FILENO) && kind && *kind && strcmp(kind, "dumb") != 0;
}

/* Safe in a signal handler. */
void terminal_leave(void)
{
    if (!taken.entered)
        return;
    taken.entered = 0;
    ssize_t unused = write(STDOUT_FILENO, LEAVE, sizeof LEAVE - 1);
    (void)unused; /* it has gone: there is nothing to give back */
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &taken.before);
}

static void on_deadly(int signal_number)
{
    terminal_leave();
    raise(signal_number); /* the handler is reset: this time it is deadly */
}

static void watch_deadly(void (*handler)(int))
{
    struct sigaction action = {.sa_handler = handler, .sa_flags = handler == SIG_DFL ? 0 : (int)SA_RESETHAND};
    for (size_t i = 0; i < COUNT_OF(DEADLY); i++)
        sigaction(DEADLY[i], &action, NULL);
}

bool terminal_enter(void)
{
    CLEANUP(buf_done) struct buf b = {0};
    if (tcgetattr(STDIN_FILENO, &taken.before))
        return false;
    struct termios raw = taken.before;
    raw.c_lflag &= (tcflag_t) ~(ICANON | ECHO | IEXTEN); /* Ctrl-C and Ctrl-Z stay signals */
    raw.c_iflag &= (tcflag_t) ~(IXON | ICRNL);
    raw.c_cc[VMIN] = 1;
    raw.c_cc[VTIME] = 0;
    if (tcsetattr(STDIN_FILENO, TCSAFLUSH, &raw))
        return false;
    taken.entered = 1;
    watch_deadly(on_deadly);
    buf_puts(&b, ENTER);
    return terminal_write(&b);
}

void terminal_size(size_t *out_columns, size_t *out_rows)
{
    struct winsize size = {0};
    bool told = ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0;
    *out_columns = told && size.ws_col ? size.ws_col : 80;
    *out_rows = told && size.ws_row ? size.ws_row : 24;
}

bool terminal_write(const struct buf *b)
{
    for (size_t at = 0; at < b->len;) {
        ssize_t n = write(STDOUT_FILENO, b->data + at, b->len - at);
        struct pollfd room = {.fd = STDOUT_FILENO, .events = POLLOUT};
        if (n >= 0)
            at += (size_t)n;
        else if (errno == EAGAIN)
            poll(&room, 1, -1); /* the shell's other programs may have made it so */
        else if (errno != EINTR)
            return false;
    }
    return true;
}
