"""
The script that lists the processes of a box from `/proc`, or by `ps` without it.

One `grep` for many processes takes a twentieth of the time that a program for each takes, and what they say is sent
compressed: more than a connection carries in its first round trip is a second one.
"""

from __future__ import annotations

# Of each process the effective user, `/proc/PID/stat`, in which the kernel escapes newlines, and the command line, in
# which newlines are replaced. With a grep that can (GNU's, busybox's) each is a line that begins with the file that it
# is from, of a command line one for each argument: so no argument passes for another's. Else two lines for each
# process, and one program: its user with its `stat`, and its command line. Kernel threads are left out (PF_KTHREAD,
# proc_pid_stat(5) field 9). The processes are named before any other is started. The pattern is not in this script, so
# the script can't match it.
LIST = r"""
LC_ALL=C
export LC_ALL
# What was asked before is said with it.
told() { [ -z "${also-}" ] || printf '%s\n' "$also"; }
gpu=
! command -v nvidia-smi >/dev/null 2>&1 || gpu=gpu
if [ ! -r /proc/self/stat ]; then
    echo "ps $$ - $gpu"
    told
    # Not in the place of this shell, which must be found among them with its words.
    ps -A -ww -o pid= -o ppid= -o pgid= -o stat= -o user= -o lstart= -o etime= -o command=
    exit
fi
cd /proc || exit
set -- [0-9]*
# What follows the last bracket, up to the time of the start.
without_kernel_threads() {
    awk '{
        match($0, /.*\) /)
        count = split(substr($0, RLENGTH + 1), of, " ")
        if (int(of[7] / 2097152) % 2) next
        said = substr($0, 1, RLENGTH)
        for (number = 1; number <= 20 && number <= count; number++) said = said of[number] " "
        print said
    }'
}
is_said_by_file=$(
    { printf 'a\nb\000\000c' | grep -aHz '' | tr '\n\000' ' \n'
    printf '1 (a) b) S 2 3 4 5 6 2097153\n1 (a) b) S 2 3 4 5 6 1\n' | without_kernel_threads; } 2>/dev/null
)
at_once() {
    while [ "$#" -gt 0 ]; do
        number=0 stats='' statuses='' words=''
        for pid; do
            [ "$number" -lt 256 ] || break
            number=$((number + 1)) stats="$stats $pid/stat" statuses="$statuses $pid/status" words="$words $pid/cmdline"
        done
        shift "$number"
        # shellcheck disable=SC2086 # several names
        {
            grep -aH '' $stats | without_kernel_threads
            grep -aH '^Uid:' $statuses
            grep -aHz '' $words | tr '\n\000' ' \n'
        } 2>/dev/null
    done
}
one_by_one() {
    for pid; do
        { read -r stat <"$pid/stat"; } 2>/dev/null || continue
        set -- ${stat##*) }
        [ $(($7 & 2097152)) = 0 ] || continue
        uid=
        { while read -r key _ uid _; do [ "$key" != Uid: ] || break; done <"$pid/status"; } 2>/dev/null
        printf 'process %s %s\n' "$uid" "$stat"
        { tr '\n\000' '  ' <"$pid/cmdline"; } 2>/dev/null
        echo
    done
}
said() {
    echo "proc $$ $(getconf CLK_TCK 2>/dev/null || echo 100) $gpu"
    told
    while IFS=: read -r name _ uid _; do printf 'user %s %s\n' "$uid" "$name"; done </etc/passwd
    case $is_said_by_file in
        *:"a b"*:*:c*"1 (a) b) S 2 3 4 5 6 1 ") at_once "$@" ;;
        *) one_by_one "$@" ;;
    esac
}
if [ ! -t 1 ] && [ "$(printf a | gzip 2>/dev/null | gzip -dc 2>/dev/null)" = a ]; then
    said "$@" | gzip
else
    said "$@"
fi
"""
