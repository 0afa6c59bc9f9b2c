"""Starts a command on a box that outlives the link: in tmux if the box has it, else in its own session."""

from __future__ import annotations

import re
import shlex
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from ssh_transport.box import piped, shell
from ssh_transport.credentials.tokens import has_token
from ssh_transport.errors import CommandFailed, UsageError
from ssh_transport.errors.commands import on_box
from ssh_transport.facts.secret_lines import masked
from ssh_transport.terminal import report

from .choice import ancestry_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from ssh_transport.box import Box

    from .listing import Listing, Process

_DIRECTORY = ".ssh-transport-run"
_NAME = re.compile(r"[A-Za-z0-9_-]{1,60}")

# Asked before anything is stopped: what would keep the run from starting, and the processes that hold a tmux session of
# its name.
_READY = r"""
also=
wrong() { also="also wrong $(printf %s "$1" | tr '\n' '?')"; }
makes() { # WHAT PATH
    at=$2
    until [ -e "$at" ]; do
        case $at in /*/* | [!/]*/*) at=${at%/*} ;; /*) at=/ ;; *) at=. ;; esac
    done
    # root may write there, and can't.
    case $(cd -P -- "$at" 2>/dev/null && pwd) in /proc | /proc/* | /sys | /sys/*) at=/missing ;; esac
    case $2 in */) at=$2 ;; esac
    if [ "$at" = "$2" ] && [ -d "$2" ]; then wrong "$1 $2 is a directory"
    elif [ "$at" = "$2" ] && [ -w "$2" ]; then :
    elif [ "$at" = "$2" ] || [ ! -d "$at" ] || [ ! -w "$at" ] || [ ! -x "$at" ]; then wrong "$1 $2 can't be written"
    fi
}
makes 'the script' "$1.sh"
makes 'the log' "$2"
for tool in cat mkdir mv rm tail; do command -v "$tool" >/dev/null 2>&1 || wrong "there is no $tool"; done
if [ -z "$also" ] && command -v tmux >/dev/null 2>&1; then
    also=$(tmux list-panes -s -t "=$3:" -F 'also pane #{pane_pid}' 2>/dev/null </dev/null)
fi
"""
# The tmux server keeps the command line of the `tmux` that started it, and a pattern that matches it would later end
# every session. So this command line contains neither the name nor the command.
_START = r"""
cd || exit
(umask 077; mkdir -p -- "${1%/*}" && cat >"$1.sh") || exit
case $2 in */*) mkdir -p -- "${2%/*}/" || exit ;; esac
(umask 077; : >>"$2") || exit
rm -f "$1.pid" "$1.code" "$1.status"
if command -v tmux >/dev/null 2>&1; then
    for _ in 1 2 3 4 5 6 7 8 9 10; do
        tmux has-session -t "=$3" 2>/dev/null || break
        sleep 0.5 2>/dev/null || sleep 1
    done
    # It may be kept when its programs have ended (remain-on-exit).
    case $(tmux list-panes -s -t "=$3" -F '#{pane_dead}' 2>/dev/null) in
        '' | *0*) ;;
        *) tmux kill-session -t "=$3" ;;
    esac
    if id=$(tmux new-session -d -P -F '#{session_id}' sh 2>/dev/null </dev/null); then
        if tmux rename-session -t "$id" "$3" && tmux respawn-pane -k -t "$id" "cd && exec sh $1.sh tmux"; then
            echo tmux
            exit
        fi
        tmux kill-session -t "$id"
        exit 1
    fi
fi
# What is ignored stays so, as with nohup(1), which a box may lack.
trap '' HUP
setsid=
! command -v setsid >/dev/null 2>&1 || setsid=setsid
$setsid sh "$1.sh" alone </dev/null >>"$2" 2>&1 &
echo "${setsid:-nohup}"
"""
# What holds a run in tmux, and ends with it.
_OURS = re.compile(rf"sh {re.escape(_DIRECTORY)}/\S+\.sh tmux$")
# The exit code is published (renamed to .status) only after all output is in the log.
_RUN = """\
cd || exit
echo $$ >{stem}.pid
run() {{
    "${{SHELL:-/bin/sh}}" -c {command} </dev/null
    echo $? >{stem}.code
}}
if [ "$1" = tmux ]; then run 2>&1 | tee -a -- {log}; else run >>{log} 2>&1; fi
mv {stem}.code {stem}.status
"""
_STATE = r"""
cd || exit
ended() { [ -s "$1.status" ] && echo "ended $(cat "$1.status")"; }
pid=$(cat "$1.pid" 2>/dev/null)
if ended "$1"; then :
elif [ -z "$pid" ]; then echo starting
elif kill -0 "$pid" 2>/dev/null; then echo "alive $pid"
else ended "$1" || echo killed
fi
"""
_TAIL = 'cd && tail -c 8000 -- "$1" | tr "\\r" "\\n" | tail -n 20'

_NO_NOHUP = "without `&` and nohup it outlives the link as well, and its end is known"

_START_S = 30
_FIRST_STATE_S = 15
_TICK_S = 0.5


@dataclass(frozen=True)
class Launch:
    """
    A command to be started by the login shell in the home directory.

    ``log`` is absolute or relative to the home, as is ``stem``, the common beginning of the paths of this run's files.
    """

    command: str
    name: str
    stem: str
    log: str
    alive_s: float

    @classmethod
    def of(cls, pattern: str, command: str | None, *, name: str = "", log: str = "", alive_s: float = 5) -> Self:
        """
        Fill in defaults: a name made from the pattern, and a log file with that name and the current time.

        :raises UsageError: there is no command, it holds a token, or the name is not usable for tmux and a file.
        """
        if not (command or "").strip():
            raise UsageError("there is nothing to start", hint="--run='python -m src.train'")
        if has_token((command or "").encode("utf-8", "surrogateescape")):
            usage = "secrets.push NAME brings it to the box, and secrets.env has what runs there find it"
            raise UsageError("the command contains a token", hint=f"revoke it, your shell's history has it; {usage}")
        if alive_s < 0:
            raise UsageError("`--alive` is negative", hint="--alive=5")
        name = name or re.sub(r"[^A-Za-z0-9_]+", "-", pattern).strip("-")[:60] or "run"
        if not _NAME.fullmatch(name) or name.startswith("-"):
            raise UsageError(f"`{name}` is no name for a run", hint="letters, digits, `_` and `-`: --name=train-1")
        stem = f"{_DIRECTORY}/{name}-{time.strftime('%Y%m%d-%H%M%S', time.gmtime())}"
        return cls(command or "", name, stem, log.removeprefix("~/") or f"{stem}.log", alive_s)

    @property
    def question(self) -> tuple[str, ...]:
        """A script, and its words, that asks a box what `ready` judges."""
        return (_READY, self.stem, self.log, self.name)

    @property
    def script(self) -> str:
        """The script that runs the command and records its exit status."""
        log = shlex.quote(self.log)
        return _RUN.format(stem=self.stem, command=shlex.quote(self.command), log=log)


def ready(box: Box, launch: Launch, found: Listing, ending: Collection[Process]) -> None:
    """
    Check what a box has said to `Launch.question`.

    :param ending: the processes that are to be stopped before.
    :raises CommandFailed: the start would fail.
    """
    for kind, said in (line.split(" ", 1) for line in found.also if " " in line):
        if kind == "wrong":
            hint = "another log: --log=FILE" if "log" in said else ""
            raise _not_startable(box, launch, said, hint)
    panes = {int(line.partition(" ")[2]) for line in found.also if line.startswith("pane ") and line[5:].isdecimal()}
    by_pid = {process.pid: process for process in found.processes}
    above = {pid for process in ending for pid in ancestry_of(process.pid, by_pid)}
    ends = {process.pid for process in ending} | {pid for pid in above if _OURS.match(by_pid[pid].command)}
    if panes & by_pid.keys() - ends:
        end = on_box(box.name, f"tmux kill-session -t {launch.name}")
        hint = f"another name: --name={launch.name}-2; or end it: {end}"
        raise _not_startable(box, launch, "a tmux session of that name is there", hint)


def start(box: Box, launch: Launch) -> str:
    """
    Start it detached from our connection; return by which program: ``tmux``, ``setsid`` or ``nohup``.

    :raises CommandFailed: its files can't be written, or there is a tmux session of its name.
    """
    words = (launch.stem, launch.log, launch.name)
    data = launch.script.encode("utf-8", "surrogateescape")
    output = piped.run(box, _START, *words, data=data, limit_bytes=1 << 16, silence_s=_START_S, timeout_s=_START_S)
    return output.decode("ascii", "replace").strip()


def wait_alive(box: Box, launch: Launch, left: Callable[[], Sequence[Process]]) -> int:
    """
    Wait until it has run for ``alive_s``; return the pid of the shell that runs it.

    :param left: asks what is there of it: a command that ends well may have left it in the background.
    :raises CommandFailed: it ended before; the cause is the end of its log.
    """
    started_at = time.monotonic()
    while True:
        state, _, number = shell.run(box, _STATE, launch.stem).stdout.strip().partition(" ")
        lived_s = time.monotonic() - started_at
        if state == "alive" and lived_s >= launch.alive_s:
            return int(number) if number.isdecimal() else 0
        background = left() if (state, number) == ("ended", "0") else ()
        if background and lived_s >= launch.alive_s:
            report.say(f"{box.name}: its shell ended and left it in the background; {_NO_NOHUP}")
            return background[0].pid
        is_over = state in {"ended", "killed"} or (state != "alive" and lived_s > _FIRST_STATE_S)
        if is_over and not background:
            raise _ended(box, launch, state, number)
        time.sleep(_TICK_S)


def _not_startable(box: Box, launch: Launch, cause: str, hint: str) -> CommandFailed:
    what = f"`{launch.name}` can't be started; nothing was stopped"
    return CommandFailed(what, box=box.name, cause=cause, hint=hint)


def _ended(box: Box, launch: Launch, state: str, number: str) -> CommandFailed:
    in_background = f"does it run in the background? {_NO_NOHUP}; " if (state, number) == ("ended", "0") else ""
    how = {"ended": f"ended with exit status {number}", "killed": "was killed"}.get(state, "did not start")
    return CommandFailed(
        f"`{launch.name}` {how} within {launch.alive_s:g} s",
        box=box.name,
        cause=masked(shell.run(box, _TAIL, launch.log, check=False).stdout.strip()) or "its log is empty",
        hint=f"{in_background}all of its log: {on_box(box.name, shlex.join(['cat', launch.log]))}",
    )
