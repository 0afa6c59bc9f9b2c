# Completes ssh-transport, fab and inv in zsh; written by `ssh-transport --install-completion`.
_ssh_transport_completes() {
    local name about program=${(Q)words[1]}
    local -a closed closed_about open open_about
    while IFS=$'\t' read -r name about; do
        [[ -n $name ]] || continue
        if [[ $name == *[=:/,] ]]; then
            open+=("$name") open_about+=("$name${about:+  -- $about}")
        else
            closed+=("$name") closed_about+=("$name${about:+  -- $about}")
        fi
    done < <(SSH_TRANSPORT_COMPLETES=zsh "${program/#\~/$HOME}" --complete -- \
        "${(@Q)words[1,CURRENT-1]}" "${(Q)PREFIX}" 2>/dev/null </dev/null)
    if (( ${#closed} + ${#open} )); then
        (( ${#closed} )) && compadd -l -d closed_about -a closed
        (( ${#open} )) && compadd -S '' -l -d open_about -a open
        return 0
    fi
    compset -P '-*='
    _files
}
(( $+functions[compdef] )) || { autoload -Uz compinit && compinit }
compdef _ssh_transport_completes ssh-transport fab inv invoke
