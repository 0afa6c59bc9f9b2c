"""The carrier for boxes that give nothing but a terminal: each command is an `ssh` whose terminal we type it at."""

from __future__ import annotations

import contextlib
import functools
import shlex
import shutil
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ssh_transport.box import script
from ssh_transport.errors import EndpointTooWeak, LinkLost, symptoms
from ssh_transport.errors.symptoms.session import DIRECT
from ssh_transport.terminal import report

from . import at_terminal, ssh_login
from .at_terminal.ways import CLEAN, TEXT
from .over_paramiko import OverParamiko
from .over_ssh import OverSsh
from .program import Spawned
from .resting import Resting
from .ssh_pipe import SshPipe

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .carrier import Carrier, Login, Pipe
    from .master import Master
    from .program import Program
    from .target import Target

# All values, and what gateways take for orders to themselves: escapes of ssh, docker, telnet and screen.
PROBE = 2 * (bytes(range(256)) + bytes(reversed(range(256))) + b"\r~.\r\n~.\n~.\x10\x11\x1d\x01d\xff\xff\0\0\r\r\n\n")
# It sends back so many bytes as they come, and then is the shell of a script: `dd` takes no more than these.
_ECHO = f"exec sh -c 'echo; dd ibs=1 obs=64 count={len(PROBE)} 2>/dev/null; {script.LINE.partition(chr(39))[2]}"
_SILENT_S = 5
# Every distribution hides it elsewhere.
_SFTP = (
    "exec sh -c 'for place in /usr/lib/openssh /usr/libexec/openssh /usr/lib/ssh /usr/libexec /usr/lib/misc; do"
    " [ -x $place/sftp-server ] && exec $place/sftp-server; done; echo no sftp-server >&2; exit 127'"
)
# What `ssh` says then.
_NO_TERMINAL = "PTY allocation request failed"
# By address, the way for bytes that was found for terminals.
_ways: dict[str, str] = {}
# Addresses that end the login where a terminal is asked for.
_without: set[str] = set()


class OverTerminal(OverSsh):
    """
    See `Carrier`.

    :param way: how bytes go: `CLEAN` or `TEXT`.
    """

    # A person's start-up files run for each session.
    _answer_s = 30
    # Nor is it ever near, not even where the way there was not measured.
    _near_s = -1
    # What a script says on standard error comes when its session has ended.
    _shells_stay = False

    def __init__(self, target: Target, master: Master, way: str) -> None:
        program = (sys.executable, "-I", "-S", str(Path(at_terminal.__file__).parent), way, "ssh")
        super().__init__(target, master, program)

    def command_call(self, line: str, *flags: str) -> Sequence[str]:
        """Return the words of a call that runs a command line; it has no terminal, as that is taken."""
        return super().command_call(_SFTP if "-s" in flags else line)

    def over_login(self, line: str, *, stdin: int) -> Program:
        """See `OverSsh`."""
        own = [*self.program, "-o", "ProxyCommand=false"]
        call = self.command_call(line)[len(self.program) :]
        return Spawned([*own, *call], self.environment, stdin=stdin)

    def _begun(self, line: str, *, stdin: int) -> Program:
        return self.by_ssh(line, stdin=stdin)

    def sftp(self, silence_s: float) -> Pipe:
        """See `Carrier`."""
        return SshPipe(self._target, self.command_call(_SFTP), self.environment, silence_s=silence_s)

    def grants_terminal(self) -> bool:
        """See `Carrier`."""
        return True


def is_due(target: Target) -> bool:
    """Whether a target gives nothing but a terminal, as its profile says or as was found out."""
    _, reach = target.platform
    return target.address in _ways or ("terminal" in reach.capabilities and "exec" not in reach.capabilities)


def connect(target: Target, login: Login) -> OverTerminal:
    """
    See `open_carrier`.

    :raises EndpointTooWeak: nothing can be carried by its terminal.
    """
    master = ssh_login.log_in(target, replace(login, others=()))
    try:
        return _proven(target, master)
    except BaseException:
        master.close()
        raise


def beside(target: Target, carrier: Carrier) -> OverTerminal | None:
    """
    Return what goes by the terminal over the same login, where no command is run; `None` where it gives no terminal.

    :raises EndpointTooWeak: it gives one, by which nothing can be carried, or nothing without an `ssh`.
    """
    if isinstance(carrier, OverTerminal) or target.address in _without:
        return None
    if not isinstance(carrier, OverSsh):
        _refuse_shell(target, carrier)
        return None
    # Where one session is allowed, it must not be one of these; and none of those has a terminal.
    carrier.end_spares()
    for other in carrier.takes_others():
        other.close()
    try:
        made = _proven(target, carrier.master)
    except EndpointTooWeak as error:
        if not error.cause or _NO_TERMINAL in error.cause:
            return None
        raise
    except LinkLost:
        # A server that fails to give one may end the whole login; it is not asked again.
        _without.add(target.address)
        return None
    report.say(f"{target.name}: runs commands at a terminal only, and so ours go by one")
    return made


def _refuse_shell(target: Target, carrier: Carrier) -> None:
    """
    Say why what goes without an `ssh` does not go by a terminal; nothing where no shell is at one.

    :raises EndpointTooWeak: there is one.
    """
    if not (isinstance(carrier, OverParamiko) and carrier.has_shell_at_terminal()):
        return
    if shutil.which("ssh"):
        cause = "what is typed at its terminal goes by `ssh`, which can't log in with what only this Python holds"
        hint = "log in with a key in a file or in the agent, and with a newer `ssh` if it is older than 8.5"
    else:
        cause = "what is typed at its terminal goes by `ssh`, and this machine has none"
        hint = "install the client of OpenSSH, or take an endpoint that runs commands"
    what = f"`{target.name}` runs commands at a terminal only"
    raise EndpointTooWeak(what, box=target.name, cause=cause, hint=hint)


def _proven(target: Target, master: Master) -> OverTerminal:
    """Return the carrier with a way by which every byte gets to the box and back."""
    if known := _ways.get(target.address):
        return OverTerminal(target, master, known)
    for way in (CLEAN, TEXT):
        carrier = OverTerminal(target, master, way)
        if _brings_back(target, carrier):
            _ways[target.address] = way
            if way == TEXT:
                report.say(f"{target.name}: its terminal changes bytes; all goes as base64, at 5 MB/s at most")
            return carrier
    what = f"the terminal of `{target.name}` changes what goes over it, plain text too"
    raise _too_weak(target, what, "what was sent there to be sent back came back as something else")


def _too_weak(target: Target, what: str, cause: str) -> EndpointTooWeak:
    _, reach = target.platform
    hint = reach.better or DIRECT.format(box=shlex.quote(target.name))
    return EndpointTooWeak(what, box=target.name, cause=cause, hint=hint)


def _brings_back(target: Target, carrier: OverTerminal) -> bool:
    """
    Whether the terminal brings every byte to a command there, and back; if so, its shell waits for the first script.

    :raises EndpointTooWeak: no command can be run at it.
    :raises LinkLost: it broke.
    """
    due, said = b"\n" + PROBE, b""
    with contextlib.ExitStack() as stack:
        session = stack.enter_context(Resting(functools.partial(carrier.by_ssh, _ECHO), None))
        session.feed(PROBE, last=False)
        for piece in session.pieces(_SILENT_S):
            said += piece
            if said.startswith(due):
                stack.pop_all()
                carrier.spare(script.LINE).have(session)
                return True
            # Before the shell is there, who types looks after the time.
            if said and not (piece and due.startswith(said)):
                return False
        session.wait()
        stderr = session.stderr
    if not carrier.is_alive:
        raise LinkLost(f"the connection to `{target.name}` broke", box=target.name, cause=carrier.last_words)
    # What is said of bytes that are no answer of ours is no symptom.
    if not said and (not stderr or symptoms.meaning(stderr)):
        shown = symptoms.meaning(stderr.rpartition("\n")[0])
        if shown and shown.symptom.stage == "session":
            raise shown.error(target.name)
        raise _too_weak(target, f"no shell that we can use is at the terminal of `{target.name}`", stderr)
    return False
