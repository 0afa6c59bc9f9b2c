"""Sends signals to processes of a box, each only if its start time is unchanged."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from ssh_transport.box import piped

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ssh_transport.box import Box

    from .listing import Process

# A process that was stopped with Ctrl-Z handles TERM only after CONT. If `kill` fails and the process still exists, we
# have no permission; its pid is printed.
_SIGNAL = r"""
LC_ALL=C
export LC_ALL
set -f
born() {
    if [ -r /proc/self/stat ]; then
        { read -r stat <"/proc/$1/stat"; } 2>/dev/null || return
        set -- ${stat##*) }
        echo "${20}"
    else
        set -- $(ps -o lstart= -p "$1")
        echo "$*"
    fi
}
while read -r pid start; do
    [ "$(born "$pid")" = "$start" ] || continue
    if kill -s "$1" "$pid" 2>/dev/null; then
        [ "$1" != TERM ] || kill -s CONT "$pid" 2>/dev/null
    elif [ "$(born "$pid")" = "$start" ]; then
        echo "$pid"
    fi
done
:
"""
Signal = Literal["TERM", "KILL"]

_LIMIT_BYTES = 1 << 20
_SILENCE_S = 30
_TIMEOUT_S = 60


def send(box: Box, signal: Signal, targets: Iterable[Process]) -> list[Process]:
    """
    Signal the processes in their order; return those that we may not signal.

    Pids and start times are sent on standard input, so that the command line can't become too long.

    :raises LinkLost: the link broke, perhaps because one of the processes carried it.
    """
    processes = list(targets)
    data = "".join(f"{process.pid} {process.born}\n" for process in processes).encode()
    limits = {"limit_bytes": _LIMIT_BYTES, "silence_s": _SILENCE_S, "timeout_s": _TIMEOUT_S}
    refused = piped.run(box, _SIGNAL, signal, data=data, **limits).decode("ascii", "replace").split()
    return [process for process in processes if str(process.pid) in refused]
