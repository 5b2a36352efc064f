# What a site has, a line a fact: name TAB words.
fact() { printf '%s\t%s\n' "$1" "$(printf %s "$2" | tr '\n\t' '  ')"; }
fact machine "$(uname -sm)"
fact cores "$(getconf _NPROCESSORS_ONLN 2>/dev/null)"
for tool in awk dd find grep head ln mv sed setsid tail tar tr xargs; do
    command -v "$tool" >/dev/null || fact missing "$tool"
done
probe=$HOME/.$app/.check.$$
said=$({ [ -d "$HOME/.$app" ] || mkdir -m 700 "$HOME/.$app"; } 2>&1 && { : >"$probe" && rm -f "$probe"; } 2>&1) || fact folder "${said:-could not write there}"
if [ "$scheduler" = 1 ]; then
    for tool in sbatch squeue scancel sinfo; do
        command -v "$tool" >/dev/null || fact missing "$tool"
    done
    said=$(sinfo -h -o '%P|%D|%c|%l' 2>&1) && printf '%s\n' "$said" | sed 's/^/partition	/' || fact scheduler "$said"
    said=$(sacct -n -X -P -S now 2>&1) && fact accounting yes || fact accounting "no: $said"
fi
