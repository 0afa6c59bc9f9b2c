# Completes ssh-transport, fab and inv in bash; written by `ssh-transport --install-completion`.
_ssh_transport_completes() {
    local candidate
    COMPREPLY=()
    while IFS= read -r candidate; do
        # What is not ours prints all that it knows.
        case $candidate in
            "") ;;
            "$2"*) COMPREPLY+=("$candidate") ;;
            *) case $2 in *[\\\'\"]*) COMPREPLY+=("$candidate") ;; esac ;;
        esac
    done <<< "$(SSH_TRANSPORT_COMPLETES=bash COMP_WORDBREAKS="$COMP_WORDBREAKS" \
        "${1/#\~/$HOME}" --complete -- "${COMP_LINE:0:COMP_POINT}" 2>/dev/null </dev/null)"
    case ${#COMPREPLY[@]}${COMPREPLY[0]-} in
        1*[=:/,]) compopt -o nospace 2>/dev/null ;;
    esac
}
complete -o default -F _ssh_transport_completes ssh-transport fab inv invoke
