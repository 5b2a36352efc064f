# How a command line of docket is walked. The tables above come from the program; nothing that was typed or that a
# server answered is ever run or expanded.

# WORD: as the shell would read it: quotes and backslashes taken away.
_docket_plain() {
    plain=$1
    case $plain in
    [\'\"]*) plain=${plain:1} plain=${plain%[\'\"]} ;;
    *) plain=${plain//\\/} ;;
    esac
}

# The words of the line up to the cursor, put together where readline parts them (at : and =).
_docket_line() {
    local i word joined=
    line=()
    for ((i = 0; i <= COMP_CWORD; i++)); do
        word=${COMP_WORDS[i]}
        if ((i > 1)) && [[ -n $joined || $word == [:=]* ]]; then
            line[${#line[@]}-1]+=$word
        else
            line+=("$word")
        fi
        joined=
        [[ $word != *[:=] ]] || joined=1
    done
}

# WORD…: those that begin with what was typed.
_docket_offer() {
    local word
    for word; do
        [[ $word != "$typed"* ]] || COMPREPLY+=("$word")
    done
}

# The caller's queues, if a server answers at once. Names may hold anything: they are quoted for the shell, and behind a
# quote that was typed only those are offered that mean themselves there.
_docket_queues() {
    local name quoted
    timeout 1 "$program" health "${server[@]}" >/dev/null 2>&1 </dev/null || return
    while IFS= read -r name; do
        printf -v quoted %q "$name"
        case $typed in
        [\'\"]*) [[ $name != "${typed:1}"* || $name == *[\'\"\`\\\$\!]* ]] || COMPREPLY+=("$name") ;;
        *) [[ $quoted != "$typed"* && $name != "$typed"* ]] || COMPREPLY+=("$quoted") ;;
        esac
    done < <(timeout 2 "$program" list --names "${server[@]}" 2>/dev/null </dev/null)
}

# -f or -d: files or directories. Readline quotes them.
_docket_files() {
    local plain name
    _docket_plain "$typed"
    compopt -o filenames 2>/dev/null
    while IFS= read -r name; do
        COMPREPLY+=("$name")
    done < <(compgen "$1" -- "$plain")
}

# NAME…: what values of these names may be.
_docket_value() {
    local name words
    for name; do
        case $name in
        QUEUE) _docket_queues ;;
        FILE | WORD) _docket_files -f ;;
        DIR) _docket_files -d ;;
        COMMAND) mapfile -t COMPREPLY < <(compgen -c -- "$typed") ;;
        *) _docket_words "$name" && _docket_offer $words ;;
        esac
    done
}

# OPTION: the name of its value, if it takes one.
_docket_valued() {
    local row
    value=
    for row in $valued; do
        [[ ${row%%=*} != "$1" ]] || value=${row#*=}
    done
    [[ -n $value ]]
}

# What stands before the cursor, behind the first words, which are the verb's name: how many arguments (at), an option that waits for its value (value), whether -- has
# ended the options (ended), the options that choose a server.
_docket_walk() {
    local i word option= plain
    at=0 value= ended=
    for ((i = first; i < ${#line[@]} - 1; i++)); do
        word=${line[i]}
        if [[ -n $value ]]; then
            _docket_plain "$word"
            [[ $option != --@(server|token-file|ca-file|data) ]] || server+=("$option=${plain/#~\//$HOME/}")
            value=
        elif [[ -z $ended && $word == -- ]]; then
            ended=1
        elif [[ -z $ended && $word == --*=* ]]; then
            _docket_plain "${word#*=}"
            [[ $word != --@(server|token-file|ca-file|data)=* ]] || server+=("${word%%=*}=${plain/#~\//$HOME/}")
        elif [[ -z $ended && $word == -?* ]]; then
            option=$word
            _docket_valued "$word"
        else
            ((at += 1))
        fi
    done
}

# Offers what the argument the cursor stands in may be.
_docket_argument() {
    local names=($arguments) name
    name=${names[at]-}
    if ((at >= ${#names[@]} && ${#names[@]} > 0)); then
        name=${names[${#names[@]}-1]}
        [[ $name == *+ ]] || return
    fi
    name=${name%+}
    _docket_value ${name//|/ }
}

_docket() {
    local IFS=$' \t\n' line whole head typed i prefix= flags valued arguments at value ended first=3 server=()
    local program=${1:-docket}
    COMPREPLY=()
    _docket_line
    whole=${line[${#line[@]}-1]} typed=$whole
    head=${whole%"${COMP_WORDS[COMP_CWORD]}"}
    [[ ${COMP_WORDS[COMP_CWORD]} != [:=] ]] || head=$whole
    if ((COMP_CWORD == 1)); then
        _docket_offer $_docket_verbs --help --version
        return
    fi
    if ((${#line[@]} <= 3)) || ! _docket_verb "${line[1]} ${line[2]}"; then
        _docket_verb "${line[1]}" || return
        first=2
    fi
    _docket_walk
    if [[ -n $value ]]; then
        _docket_value "$value"
    elif [[ -z $ended && $whole == --*=* ]]; then
        prefix=${whole%%=*}= typed=${whole#*=}
        _docket_valued "${whole%%=*}" && _docket_value "$value"
    elif [[ -z $ended && $whole == -* ]]; then
        _docket_offer $flags
    else
        _docket_argument
    fi
    for ((i = 0; i < ${#COMPREPLY[@]}; i++)); do
        whole=$prefix${COMPREPLY[i]}
        COMPREPLY[i]=${whole#"$head"}
    done
}

complete -F _docket docket qdo
