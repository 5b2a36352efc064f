/* Addresses of hosts and nets: read, written, told apart. */
#include "base/address.h"

#include "base/cleanup.h"
#include "check.h"

static void texts(void)
{
    static const struct {
        const char *text, *wanted; /* NULL: refused */
        bool local;
    } CASES[] = {
        {"127.0.0.1", "127.0.0.1", true},
        {"127.9.9.9", "127.9.9.9", true},
        {"128.0.0.1", "128.0.0.1", false},
        {"::1", "::1", true},
        {"::ffff:127.0.0.1", "127.0.0.1", true},
        {"::", "::", false},
        {"2001:DB8:0:0::1", "2001:db8::1", false},
        {"255.255.255.255", "255.255.255.255", false},
        {"", NULL, false},
        {"1.2.3", NULL, false},
        {"1.2.3.256", NULL, false},
        {"1.2.3.4 ", NULL, false},
        {"[::1]", NULL, false},
        {"fe80::1%lo", NULL, false},
        {"1:2:3:4:5:6:7:8:9", NULL, false},
        {"unknown", NULL, false},
        {"0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000", NULL, false},
    };
    for (size_t i = 0; i < COUNT_OF(CASES); i++) {
        struct address a;
        char name[160], text[ADDRESS_TEXT_BYTES];
        bool read = address_parse(CASES[i].text, strlen(CASES[i].text), &a);
        snprintf(name, sizeof name, "address '%s'", CASES[i].text);
        CHECK_TEXT(name, read ? address_text(&a, text) : "refused", CASES[i].wanted ? CASES[i].wanted : "refused");
        snprintf(name, sizeof name, "address '%s' is %sthis machine", CASES[i].text, CASES[i].local ? "" : "not ");
        CHECK(name, (read && address_is_local(&a)) == CASES[i].local);
    }
}

static void nets(void)
{
    static const struct {
        const char *net, *in, *out; /* in NULL: it is no net; else one it holds and one it does not */
    } CASES[] = {
        {"10.0.0.0/8", "10.255.0.1", "11.0.0.0"},
        {"192.168.4.0/22", "192.168.7.255", "192.168.8.0"},
        {"192.0.2.7", "192.0.2.7", "192.0.2.6"},
        {"192.0.2.7/32", "192.0.2.7", "192.0.2.8"},
        {"0.0.0.0/0", "8.8.8.8", "2001:db8::1"},
        {"2001:db8::/33", "2001:db8:7fff::1", "2001:db8:8000::1"},
        {"::1", "::1", "127.0.0.1"},
        {"10.0.0.0/33", NULL, NULL},
        {"10.0.0.0/", NULL, NULL},
        {"10.0.0.0/-1", NULL, NULL},
        {"10.0.0.0/8/8", NULL, NULL},
        {"10.0.0.1/8", NULL, NULL},
        {"2001:db8::/129", NULL, NULL},
        {"2001:db8::1/64", NULL, NULL},
        {"/8", NULL, NULL},
        {"localhost", NULL, NULL},
    };
    for (size_t i = 0; i < COUNT_OF(CASES); i++) {
        struct address_net net;
        struct address in = {0}, out = {0};
        char name[160];
        const char *why = address_net_parse(CASES[i].net, strlen(CASES[i].net), &net);
        snprintf(name, sizeof name, "net '%s' is %s", CASES[i].net, CASES[i].in ? "one" : "none");
        CHECK(name, !why == !!CASES[i].in);
        if (why || !CASES[i].in)
            continue;
        address_parse(CASES[i].in, strlen(CASES[i].in), &in);
        address_parse(CASES[i].out, strlen(CASES[i].out), &out);
        snprintf(name, sizeof name, "net '%s' holds %s and not %s", CASES[i].net, CASES[i].in, CASES[i].out);
        CHECK(name, address_net_holds(&net, &in) && !address_net_holds(&net, &out));
    }
}

int main(void)
{
    texts();
    nets();
    return check_end();
}
