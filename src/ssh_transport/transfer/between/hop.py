"""An `ssh` on one box to another: the host key to expect is sent along, a key to log in with never is."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING

from ssh_transport.box.answer import after_noise, framed, runs_nothing
from ssh_transport.box.carrier import shown_host_key
from ssh_transport.box.carrier.process import Process, split
from ssh_transport.box.carrier.program import Spawned
from ssh_transport.box.carrier.ssh_call import for_copies, ssh_call
from ssh_transport.box.script import LINE
from ssh_transport.box.script import framed as framed_script
from ssh_transport.errors import CommandFailed, HostKeyChanged, HostKeyUnknown, LoginRefused, symptoms
from ssh_transport.link import echo
from ssh_transport.link.stripe.descriptors import write_all
from ssh_transport.openssh import host_keys
from ssh_transport.settings import TransferSettings
from ssh_transport.text import one_line

from .lent_link import UNPACK, StatusReader

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ssh_transport.box import Box

    from .lent_link import LentLink, Status

# What our own `ssh` ends with when it is the link to the first box that broke.
LOST = 255
# What the first box's shell ends with if there is no room for what a command needs there.
UNPREPARED = 125

_PIN = "ssh-transport-target"
_LINE_BYTES = 1 << 16
_SAID_CHARS = 200
# Longer than what is tried once takes to give up by itself.
_TRIED_S = 90

# The words run as long as our side holds standard input open: `read` ends rsync, and the descriptor 3 tells the link
# that is lent. `read` is no program that could outlive the shell: one would hold the session open. The code 255 is kept
# for our own `ssh`: 12 is rsync's for a stream that broke.
_SCRIPT = """
known=$1 ssh=$2 python=$3 unpack=$4 size=$5 work='' watch=''
shift 5
place=$(mktemp -d /tmp/ssh-transport.XXXXXX) || exit 125
trap 'kill $work $watch 2>/dev/null; rm -rf -- "$place"' EXIT
trap 'exit 1' HUP INT TERM
printf '%s\\n' "$known" >"$place/known_hosts" || exit 125
RSYNC_RSH="$ssh -o UserKnownHostsFile=$place/known_hosts"
if [ -n "$python" ]; then
    SSH_TRANSPORT_LINK=$("$python" -I -S -c "$unpack" "$place" "$size") || exit 125
    export SSH_TRANSPORT_LINK
    RSYNC_RSH="\\"$python\\" -I -S -B $place/stripe"
fi
export RSYNC_RSH
exec 3<&0
"$@" </dev/null 3<&3 &
work=$!
( read -r _ <&3; kill "$work" ) >/dev/null 2>&1 &
watch=$!
exec 3<&-
wait "$work"
code=$?
[ "$code" -ne 255 ] || code=12
exit "$code"
"""


class Run(Process):
    """A command on a box that has the way to another in its ``RSYNC_RSH``; it ends when we do."""

    def __init__(self, box: Box, argv: Sequence[str], marker: str, *, stdin: int) -> None:
        self._box = box
        self._marker = marker.encode()
        self._has_begun = False
        self._hearing = StatusReader()
        super().__init__(Spawned(argv, {**os.environ, "LC_ALL": "C"}, stdin=stdin))

    @property
    def status(self) -> Status:
        """What the link that was lent said last of itself."""
        return self._hearing.status

    @property
    def stderr(self) -> str:
        """The end of what it said on standard error, without what login scripts say before it."""
        return after_noise(super().stderr, self._marker.decode())

    def lines(self, silence_s: float | None = None) -> Iterator[bytes]:
        """
        Yield standard output as `Process.lines` does, without what login scripts print before it.

        :raises CommandFailed: a line is longer than any of rsync's.
        """
        yield from split(self._own(silence_s), _LINE_BYTES)

    def _own(self, silence_s: float | None) -> Iterator[bytes]:
        """Yield what comes behind the marker."""
        noise = yield from framed(self.chunks(silence_s), self._marker)
        self._has_begun = noise is None
        if noise and len(noise) > _LINE_BYTES:
            raise CommandFailed(f"`{self._box.name}` says what rsync never would", box=self._box.name)

    def wait(self) -> int:
        """
        Wait for the end of `lines`, and return the exit code; `LOST` if the link to the box broke.

        :raises EndpointTooWeak: the box did not run it.
        """
        code = super().wait()
        if not code and not self._has_begun:
            raise runs_nothing(self._box, self.stderr)
        return code

    def hear(self, chunk: bytes) -> None:
        """Keep what was said, but for what the link says of itself."""
        super().hear(self._hearing.words(chunk))


class Hop:
    """
    The way from one box to another.

    :param with_agent: whether the agent of this machine is lent to the first box, as long as a command runs.
    :param over_login: whether commands go over the login to the first box that is open, where they are many and small.
    :ivar round_trip_s: as `fault` measured it; 0 where it did not.
    """

    def __init__(self, source: Box, target: Box, *, with_agent: bool = False, over_login: bool = False) -> None:
        self.source, self.target = source, target
        self.round_trip_s = 0.0
        self._with_agent = with_agent
        # A login that was made without an agent lends none.
        lends = over_login and not with_agent
        self._ssh_here = (source.carrier.call if lends else source.carrier.alone) or ssh_call(source)

    @property
    def host(self) -> str:
        """The address of the second box, as rsync wants it in an operand."""
        host = self.target.resolved.host
        return f"[{host}]" if ":" in host else host

    @contextlib.contextmanager
    def running(self, words: Sequence[str], link: LentLink | None = None) -> Iterator[Run]:
        """
        Run a command on the first box; it ends with the ``with``, or with us, however we end.

        :param link: what its rsync goes over in place of one `ssh`.
        """
        sent_first = link.packed(self._ssh()) if link else b""
        lent = [link.python if link else "", UNPACK if link else "", str(len(sent_first))]
        marker, first = framed_script(_SCRIPT, [self._known_host(), " ".join(self._ssh()), *lent, *words])
        agent = ["-A"] if self._with_agent else []
        argv = [*self._ssh_here, *agent, self.source.resolved.name, LINE]
        ours, theirs = os.pipe()
        try:
            with Run(self.source, argv, marker, stdin=ours) as run:
                os.close(ours)
                ours = -1
                write_all(theirs, first + sent_first)
                yield run
        finally:
            for end in (ours, theirs):
                if end >= 0:
                    os.close(end)

    def fault(self, python: str = "") -> str:
        """
        Go the way once; return why it can't be gone, in words for a person, or nothing.

        :param python: the first box's, if the round trip is to be measured.
        """
        source, target = self.source.name, self.target.name
        there = ["-l", self.target.resolved.user, "--", self.target.resolved.host]
        once = ["sh", "-c", 'exec $RSYNC_RSH "$@"', "sh", *there, "true"]
        with self.running([python, "-I", "-S", "-c", echo.PROGRAM, *there] if python else once) as run:
            for line in run.lines(_TRIED_S):
                self.round_trip_s = echo.round_trip_s([line])
                if not self.round_trip_s:
                    return f"a start-up file on {target} prints something, which rsync would take for an answer"
            code, stderr = run.wait(), run.stderr
        if not code:
            return ""
        said = one_line((stderr.splitlines() or [f"code {code}"])[-1])[:_SAID_CHARS]
        meant = None if code == LOST else symptoms.meaning(stderr)
        error = meant.symptom.error if meant else None
        if error in {HostKeyChanged, HostKeyUnknown}:
            return f"from {source} another machine answers at the address of {target}"
        if error is LoginRefused:
            alone = "by itself (--forward-agent lends it your agent)"
            return f"{source} can't log in to {target} {'with your agent either' if self._with_agent else alone}"
        is_broken = code in {LOST, UNPREPARED}
        where = f"`ssh` could not run anything on {source}" if is_broken else f"{source} can't reach {target}"
        return f"{where}: {said}"

    def _known_host(self) -> str:
        """Return the line of known_hosts for the key that the second box has just shown to us, and we trust."""
        shown = self.target.carrier.host_key.fingerprint
        keys = (key for key in host_keys.pinned(self.target.resolved) if host_keys.fingerprint(key) == shown)
        # One that an authority has signed is in no file.
        key = next(keys, None) or shown_host_key(self.target)
        return f"{_PIN} {key.get_name()} {key.get_base64()}"

    def _ssh(self) -> list[str]:
        """Return the call of `ssh` on the first box, to which a host is added; no word of it needs quotes."""
        options = {
            **for_copies(TransferSettings.of(self.source.c)),
            "GlobalKnownHostsFile": "/dev/null",
            "HostKeyAlias": _PIN,
            "UpdateHostKeys": "no",
            "Port": str(self.target.resolved.port),
        }
        return ["ssh", *(word for key, value in options.items() for word in ("-o", f"{key}={value}"))]
