# Completes ssh-transport, fab and inv in fish; written by `ssh-transport --install-completion`.
function __ssh_transport_completes
    set -l words (commandline -opc)
    set -l current (commandline -ct | string unescape)
    test (count $current) -gt 0; or set current ''
    set -l program (string replace -r '^~' $HOME -- $words[1])
    set -l found (SSH_TRANSPORT_COMPLETES=fish $program --complete -- $words "$current" 2>/dev/null </dev/null)
    if test (count $found) -gt 0
        string join \n -- $found
        return
    end
    set -l kept (string match -r -- '^-[^=]*=' "$current")
    for path in (__fish_complete_path (string replace -- "$kept" '' "$current"))
        echo "$kept$path"
    end
end
complete --command PROGRAM --no-files --arguments '(__ssh_transport_completes)'
