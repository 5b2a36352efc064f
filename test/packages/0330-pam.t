# Signing in by PAM: the machine's own users, made for it in a mount namespace. Needs root.
. "$(dirname "$0")/../t/lib.sh"

# A user of this machine, in files of the namespace's own; PAM's rules for docket, as the package has them.
ghost() {
    cp /etc/passwd "$T/passwd" && cp /etc/shadow "$T/shadow" && cp -r /etc/pam.d "$T/pam.d" && chmod 644 "$T/passwd" && chmod 600 "$T/shadow" &&
        cp "$ROOT/packaging/debian/docket.pam" "$T/pam.d/docket" && mount --bind "$T/passwd" /etc/passwd && mount --bind "$T/shadow" /etc/shadow &&
        mount --bind "$T/pam.d" /etc/pam.d && for name in ghost gone; do
        echo "$name:x:4077:4077::/nonexistent:/bin/sh" >>/etc/passwd && echo "$name:$(openssl passwd -6 "$name-password"):19000:0:99999:7:::" >>/etc/shadow || return
    done && sed -i '/^gone:/s/:::$/::1:/' "$T/shadow" && cat "$T/shadow" >/etc/shadow
}

# The steps that follow see a namespace of their own: the shell that runs them is started anew in it.
[ -n "${SCENARIO:-}" ] && [ -z "${ALONE:-}" ] && exec unshare -m --propagation private env ALONE=1 sh "$0"

# The address sanitizer stands in for crypt_r, and finds the real one only where it was loaded before PAM's module brings it.
crypt_first() {
    printf '#!/bin/sh\nexport LD_PRELOAD="${LD_PRELOAD:+$LD_PRELOAD:}libcrypt.so.1"\nexec "%s" "$@"\n' "$DOCKET" >"$T/docket" && chmod +x "$T/docket" && DOCKET=$T/docket
}

as() { AUTH="Basic $(printf %s "$1:$2" | base64 -w0)"; }

it 'a user of the machine signs in and gets an account; a wrong password, an expired user, an unknown one do not' '
    ghost && crypt_first && start --sign-in pam && as ghost ghost-password && api GET login && status 200 && field .user ghost && field .role user &&
    as ghost wrong && api GET login && refused 401 unauthorized && as nobody-at-all x && api GET login && refused 401 unauthorized &&
    as gone gone-password && api GET login && refused 401 unauthorized && unset AUTH && docket user list && has out ghost &&
    as ghost ghost-password && api PUT queues/mine "{}" && status 201 && field .owner ghost'

it 'an account with a password here is asked for that one' '
    ghost && crypt_first && start --sign-in pam && echo here-password >pw && docket user add ghost --password-file pw && as ghost here-password && api GET login && status 200 &&
    as ghost ghost-password && api GET login && refused 401 unauthorized'

done_testing
