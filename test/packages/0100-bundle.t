# The portable bundle on machines that have nothing of what it was built with.
. "$(dirname "$0")/../t/lib.sh"
. "$(dirname "$0")/bundle.sh"

hostile() { cc -shared -fPIC -o "$1" "$ROOT/test/packages/hostile.c"; }

# owner SETTING NAME: with that in its environment, the queues of a new server are NAME's.
owner() {
    rm -rf root/work/data && serving $1 && in_root create q && in_root list --json && is "$(each '.[0].owner')" "$2" && kill_served TERM 0
}

# everything_works: from a server to a restored copy, in the bare root.
everything_works() {
    numbers 20 >root/work/cmds && serving && in_root create q && in_root set q --max-attempts 2 && in_root add q -- echo one &&
        in_root load q cmds && in_root list && in_root show q && in_root status q && in_root tasks q && in_root task 1 &&
        in_root pause q && in_root resume q && in_root work q --idle-timeout 0 && in_root wait q && in_root output 1 &&
        has out one && in_root results q && has out "line 20" && in_root rerun q && in_root cancel q --all &&
        in_root retry q && in_root revive q && in_root recover q && in_root top --once && in_root journal &&
        in_root health && in_root config && in_root backup copy && in_root restore copy --data /work/again &&
        in_root show q --data /work/again --json && is "$(jq '[.counts[]]|add' out)" 21 && in_root delete q --force &&
        kill_served TERM 0
}

it 'it is small, sorted and of nobody; and packed again it has the same bytes' '
    ls -l "$BUNDLE" >&2 && [ "$(stat -c %s "$BUNDLE")" -lt 40000000 ] && tar tzf "$BUNDLE" >names && LC_ALL=C sort -c names &&
    tar tvzf "$BUNDLE" | grep -v " 0/0 " >owned; is "$(cat owned)" "" && python3 "$ROOT/packaging/bundle.py" "$ROOT/build-release" again >&2 &&
    cmp again/*.tar.gz "$BUNDLE"'

it 'a library has its licence, and the loader is the one that is told of' '
    unpack d && for library in d/lib/lib*; do grep -q " ${library##*/}" d/share/doc/LIBRARIES || fail "nothing tells of $library" || return; done &&
    sed -n "s/^\([a-z0-9.+-]*\): source .*/\1/p" d/share/doc/LIBRARIES >packages && [ -s packages ] &&
    while read -r package; do [ -s "d/share/doc/copyright/$package" ] || fail "no copyright of $package" || return; done <packages'

it '1,000 commands where there is a shell and nothing else' '
    bare && numbers 1000 >root/work/cmds && in_root run cmds -k --print && lines out 1000 && is "$(tail -1 out)" "line 1000" &&
    not test -e root/proc && is "$(ls root root/bin root/dev | tr "\n" " ")" "root: bin dev opt work  root/bin: sh  root/dev: null "'

it 'every verb works there' 'bare && everything_works &&
    for verb in $(sed -n "s/^X(\([a-z]*\))$/\1/p" "$ROOT/src/cli/verbs.def"); do
        in_root "$verb" --help && has out "docket $verb" || return
    done && in_root help --completion bash && same out root/opt/docket/share/bash-completion/completions/docket &&
    in_root help --man run && same out root/opt/docket/share/man/man1/docket-run.1'

it 'at a path with spaces, a colon and a dollar; called by links, by a relative name, from elsewhere; moved' '
    unpack "a b:c;d\$LIB" && mkdir links && ln -s "../a b:c;d\$LIB/bin/docket" links/first && ln -s first links/docket &&
    "./a b:c;d\$LIB/bin/docket" --version >out && has out docket && links/docket list 2>err; has err "docket: no server" &&
    (cd / && PATH="$T/links:$PATH" command docket --version) && (cd links && ./docket --version) &&
    mv "a b:c;d\$LIB" moved && ln -sf ../moved/bin/docket links/first && links/docket --version &&
    numbers 3 >cmds && links/docket run cmds --print >out && lines out 3 &&
    test -h moved/bin/qdo && moved/bin/qdo --version >out && has out "qdo " && ln -s ../moved/bin/qdo links/qdo && links/qdo --version >out && has out qdo'

it 'the same without /proc' '
    bare && mv root/opt/docket "root/opt/a b:c;d\$LIB" && mkdir root/opt/links &&
    ln -s "../a b:c;d\$LIB/bin/docket" root/opt/links/first && ln -s first root/opt/links/docket &&
    (inside /bin/sh -c "cd /opt/links && ./docket --version && cd / && opt/links/docket --version &&
        PATH=/opt/links && cd /work && docket --version && \"/opt/a b:c;d\\\$LIB/bin/docket\" --version" >out) && lines out 4'

it 'a bundle that is not whole says so' '
    unpack d && rm d/lib/ld-linux-x86-64.so.2 && exits 127 d/bin/docket list 2>err; one_line err && has err "as a whole"'

it 'as a user whom no list knows: the name is that of the login' '
    bare && export AS=12345 && owner "" uid12345 && owner LOGNAME=ada ada && owner LOGNAME=../x uid12345 && owner LOGNAME= uid12345'

it 'a directory that cannot be written: what, where, and what helps' '
    bare && mkdir -m 755 root/other && export AS=12345 && exits 1 in_root serve --data /other && one_line err &&
    has err "/other/lock" && has err "user id 12345" && has err "chown" && exits 1 in_root serve --data /other/new && has err "user id 12345" &&
    is "$(ls root/other)" ""'

it 'what the machine preloads does not reach it, and reaches the commands' '
    bare && mkdir -p root/lib64 root/etc && hostile root/lib64/hostile.so && echo "not a library" >root/lib64/libc.so.6 &&
    cp root/lib64/hostile.so root/lib64/libcurl.so.4 && echo /lib64/hostile.so >root/etc/ld.so.preload &&
    printf "%s\n" "echo \$LD_PRELOAD+\$LD_AUDIT+\$LD_LIBRARY_PATH+\$DOCKET_LD_PRELOAD" >root/work/cmds &&
    in_root LD_PRELOAD=/lib64/hostile.so LD_AUDIT=/lib64/hostile.so LD_LIBRARY_PATH=/lib64:/x run cmds --print &&
    is "$(cat out)" "/lib64/hostile.so+/lib64/hostile.so+/lib64:/x+" && is "$(cat err | grep -c "cannot be preloaded")" 0 &&
    in_root DOCKET_LD_PRELOAD=/stale run cmds --print --retry --data /work/other && is "$(cat out)" "+++"'

it 'the kernel is ten years old' '
    bare && export UNDER="$SHIMS/old_kernel" && exits 1 $UNDER python3 -c "import os; os.memfd_create(\"x\"); os.copy_file_range(0, 1, 1)" 2>err; has err "Errno 38" &&
    numbers 200 >root/work/cmds && in_root run cmds -k --print && lines out 200 && everything_works'

it 'on such a kernel, too, commands get none of our files' '
    bare && export UNDER="$SHIMS/old_kernel" && printf "%s\n" "{ echo x >&7; } 2>/dev/null && echo leaked || echo closed" >root/work/cmds &&
    : >seven && in_root run cmds --print 7>>seven && is "$(cat out)" closed && unpack d && cp root/work/cmds . &&
    $UNDER d/bin/docket run cmds --print >out 7>>seven && is "$(cat out)" closed && not test -s seven'

it 'nothing of the machine is loaded' '
    unpack d && numbers 3 >cmds && strace -o trace -e trace=open,openat,execve d/bin/docket run cmds --print >out && lines out 3 &&
    grep -E "\.so(\.|\")|ld\.so" trace | grep -v ENOENT | grep -vF "\"$T/d/lib/" >outside; is "$(cat outside)" "" &&
    grep -c "d/lib/lib" trace >&2 && { d/bin/docket serve --data data --listen 127.0.0.1:0 >served.log 2>&1 & echo $! >served; } &&
    wait_for "grep -q listening served.log" && awk "\$6 ~ /^\// { print \$6 }" "/proc/$(cat served)/maps" | sort -u >maps && has maps "$T/d/lib/libc.so.6" &&
    grep -v "^$T/" maps >outside; is "$(cat outside)" "" && is "$(cat "/proc/$(cat served)/comm")" docket && kill_served TERM 0'

done_testing
