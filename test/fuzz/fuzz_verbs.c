/* Whatever a server answers to the verbs that ask one: a hostile server, or something that is no docket at all.
 *
 * An input is a command line ("tasks q --state failed"), a byte 1E, and the answers, each ended by 1E: three digits of status
 * and the body; or "!" and the bytes of the whole answer, after which the connection is closed. When there are no more, {} is
 * answered for a while and then nobody.
 *
 * The verb ends, with 0 or a code and words. What it prints leads no terminal astray: it is UTF-8 without control characters
 * or invisible ones but newlines, as long as JSON was not asked for. */
#include <arpa/inet.h>
#include <curl/curl.h>
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "cli/verb.h"
#include "fuzz.h"

enum { WORDS_MAX = 16, REQUESTS_MAX = 12, CONNECTIONS = 8 };

/* The verbs that ask and print. The others work on files, run commands, or wait until something changes. */
static const char *const ASKING[] = {"add", "cancel", "create", "delete", "failures", "health", "journal", "launch", "list", "noop", "output", "pause",
                                     "recover", "rerun", "results", "resume", "retry", "revive", "scale", "set", "show", "status", "task",
                                     "tasks", "top"};

/* What would lead away from the server. */
static const char *const AWAY[] = {"--server", "--data", "--run", "--token-file", "--config"};

/* The server: one listener on the loop that the verb runs. */
struct stub {
    struct loop *loop;
    int listener, port;
    int fds[CONNECTIONS];
    struct buf in[CONNECTIONS];
    struct fuzz_input answers;
    int requests;
};

static struct stub stub;
static int printed_fd;

/* Verbs print as for people. */
int isatty(int fd) { return fd == STDOUT_FILENO; }

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    static const char *const UNSET[] = {"DOCKET_SERVER", "DOCKET_DATA", "DOCKET_TOKEN_FILE", "XDG_DATA_HOME", "http_proxy"};
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t n = sizeof at;
    signal(SIGPIPE, SIG_IGN);
    curl_global_init(CURL_GLOBAL_DEFAULT);
    for (size_t i = 0; i < COUNT_OF(UNSET); i++)
        unsetenv(UNSET[i]);
    setenv("HOME", "/nonexistent", 1);
    setenv("DOCKET_TOKEN", "t", 1);
    setenv("TZ", "UTC", 1);
    stub.listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    fuzz_must(bind(stub.listener, (struct sockaddr *)&at, n) == 0 && listen(stub.listener, CONNECTIONS) == 0 &&
                  getsockname(stub.listener, (struct sockaddr *)&at, &n) == 0,
              "no listener");
    stub.port = ntohs(at.sin_port);
    printed_fd = memfd_create("printed", MFD_CLOEXEC);
    fuzz_must(dup2(printed_fd, STDOUT_FILENO) == STDOUT_FILENO, "no stdout");
    return 0;
}

/* The server ------------------------------------------------------------------------------------------------------- */

static void hang_up(int i)
{
    struct linger at_once = {1, 0};
    if (stub.fds[i] < 0)
        return;
    loop_fd_remove(stub.loop, stub.fds[i]);
    setsockopt(stub.fds[i], SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    close(stub.fds[i]);
    stub.fds[i] = -1;
    buf_done(&stub.in[i]);
}

/* How long the request at the front is; 0: not all of it is there. */
static size_t request_bytes(const struct buf *in)
{
    const char *text = buf_text(in), *end = strstr(text, "\r\n\r\n"), *length = strcasestr(text, "\r\nContent-Length:");
    if (!end)
        return 0;
    size_t body = length && length < end ? strtoull(length + 17, NULL, 10) : 0, head = (size_t)(end + 4 - text);
    return in->len >= head + body ? head + body : 0;
}

static void send_bytes(int fd, const void *bytes, size_t n)
{
    ssize_t sent = send(fd, bytes, n, MSG_NOSIGNAL); /* an answer fits into the socket */
    (void)sent;
}

/* The bytes of an answer end with the connection. */
static void answer_raw(int i, const struct fuzz_input *answer)
{
    send_bytes(stub.fds[i], answer->at + 1, answer->left - 1);
    loop_fd_remove(stub.loop, stub.fds[i]);
    shutdown(stub.fds[i], SHUT_WR);
}

static void answer_next(int i)
{
    CLEANUP(buf_done) struct buf out = {0};
    struct fuzz_input answer = fuzz_part(&stub.answers, '\x1e');
    unsigned status = 200;
    if (answer.left && *answer.at == '!') {
        answer_raw(i, &answer);
        return;
    }
    if (answer.left >= 3) {
        status = (answer.at[0] % 8u) * 100 + (answer.at[1] % 10u) * 10 + answer.at[2] % 10u;
        answer.at += 3;
        answer.left -= 3;
    }
    bool empty = !answer.left;
    buf_printf(&out, "HTTP/1.1 %03u x\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n\r\n",
               status < 200 ? 200 : status, empty ? 2 : answer.left);
    buf_add(&out, empty ? "{}" : (const char *)answer.at, empty ? 2 : answer.left);
    send_bytes(stub.fds[i], out.data, out.len);
}

static void on_request(void *arg, uint32_t events)
{
    enum { ROOM = 16 * 1024 };
    int i = (int)(intptr_t)arg;
    struct buf *in = &stub.in[i];
    ssize_t n = read(stub.fds[i], buf_reserve(in, ROOM), ROOM);
    if (n <= 0) {
        hang_up(i);
        return;
    }
    in->len += (size_t)n;
    in->data[in->len] = '\0';
    size_t used = request_bytes(in);
    if (!used)
        return;
    buf_drop(in, used);
    if (stub.requests++ < REQUESTS_MAX)
        answer_next(i);
    else
        hang_up(i);
}

static void on_connection(void *arg, uint32_t events)
{
    int i = 0, fd = accept4(stub.listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    while (i < CONNECTIONS - 1 && stub.fds[i] >= 0)
        i++;
    hang_up(i);
    stub.fds[i] = fd;
    if (fd >= 0)
        loop_fd_set(stub.loop, fd, EPOLLIN, on_request, (void *)(intptr_t)i);
}

static void stub_begin(struct loop *l, struct fuzz_input answers)
{
    stub.loop = l;
    stub.answers = answers;
    stub.requests = 0;
    for (int i = 0; i < CONNECTIONS; i++)
        stub.fds[i] = -1;
    loop_fd_set(l, stub.listener, EPOLLIN, on_connection, NULL);
}

static void stub_end(void)
{
    for (int i = 0; i < CONNECTIONS; i++)
        hang_up(i);
    loop_fd_remove(stub.loop, stub.listener);
}

/* The verb --------------------------------------------------------------------------------------------------------- */

static bool is_one_of(const char *word, const char *const *names, size_t count, bool begins)
{
    for (size_t i = 0; i < count; i++)
        if (begins ? strncmp(word, names[i], strlen(names[i])) == 0 : strcmp(word, names[i]) == 0)
            return true;
    return false;
}

/* The words of the line, and where the server is. Returns how many. */
static int split(char *line, char *url, char **words)
{
    int count = 0;
    for (char *word; (word = strsep(&line, " ")) && count < WORDS_MAX;) {
        if (!*word || is_one_of(word, AWAY, COUNT_OF(AWAY), true))
            continue;
        words[count++] = word;
        if (count > 1)
            continue;
        words[count++] = "--server";
        words[count++] = url;
        if (strcmp(word, "top") == 0)
            words[count++] = "--once";
    }
    return count;
}

static void drop_options(const struct verb *v, void *options)
{
    for (size_t i = 0; i < v->option_count; i++)
        if (v->options[i].kind == OPTION_LIST)
            option_list_done((struct option_list *)((char *)options + v->options[i].offset));
    free(options);
}

/* As main.c calls it. */
static int call_verb(const struct verb *v, int argc, char **argv, struct fuzz_input answers, struct err *e)
{
    struct verb_call call = {.verb = v, .options = calloc(1, v->options_bytes + 1), .args = argv + 1};
    if (v->defaults)
        memcpy(call.options, v->defaults, v->options_bytes);
    int r = options_parse(v->options, v->option_count, argc, argv, call.options, &call.arg_count, e);
    if (r || call.arg_count < v->args_min || (v->args_max >= 0 && call.arg_count > v->args_max)) {
        drop_options(v, call.options);
        return r;
    }
    call.loop = loop_new();
    stub_begin(call.loop, answers);
    r = v->run(&call, e);
    stub_end();
    loop_free(call.loop);
    drop_options(v, call.options);
    return r;
}

/* What stands on stdout, taken away from there. */
static void take_printed(struct buf *out)
{
    fflush(stdout);
    off_t n = lseek(printed_fd, 0, SEEK_END);
    fuzz_must(n >= 0 && pread(printed_fd, buf_reserve(out, (size_t)n), (size_t)n, 0) == n, "what was printed is gone");
    out->len += (size_t)n;
    buf_add(out, "", 0);
    fuzz_must(ftruncate(printed_fd, 0) == 0 && lseek(printed_fd, 0, SEEK_SET) == 0, "stdout cannot be emptied");
}

static void check_printed(const struct buf *printed, const char *line)
{
    CLEANUP(buf_done) struct buf safe = {0};
    text_safe(&safe, buf_text(printed), printed->len, true);
    fuzz_must(safe.len == printed->len, "%s prints what it should not: %s", line, buf_text(&safe));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    CLEANUP(buf_done) struct buf printed = {0};
    struct fuzz_input in = {bytes, n};
    CLEANUP(cleanup_free) char *line = fuzz_text(&in, '\x1e'), *kept = strdup(line);
    char *words[WORDS_MAX + 4] = {NULL}, url[64];
    const struct verb *verb;
    struct err e = {0};
    snprintf(url, sizeof url, "http://127.0.0.1:%d", stub.port);
    int count = split(line, url, words);
    if (!count || !is_one_of(words[0], ASKING, COUNT_OF(ASKING), false) || verb_find(words[0], &verb, &e))
        return -1;
    int r = call_verb(verb, count, words, in, &e);
    fuzz_must(r < ERR_COUNT && r > -ERR_COUNT && (!r || e.text[0]), "%s ended with %d: %s", kept, r, e.text);
    take_printed(&printed);
    if (!strstr(kept, "json") && !strstr(kept, "raw"))
        check_printed(&printed, kept);
    return 0;
}
