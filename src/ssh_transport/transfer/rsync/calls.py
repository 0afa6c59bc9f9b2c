"""The rsync calls of one copy: with which options, over what, and what the end of one means."""

from __future__ import annotations

import contextlib
from functools import partial
from typing import TYPE_CHECKING
from uuid import uuid4

from ssh_transport.box.carrier.ssh_call import ssh_options
from ssh_transport.facts.content import content_here
from ssh_transport.link.remote_shell import RemoteShell
from ssh_transport.settings import TransferSettings

from . import orphans, outcome, patchwork
from .lanes import Lanes
from .options import call_options, chosen, link_options, shown_options

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ssh_transport.box.carrier.process import Process
    from ssh_transport.facts.copying import RemoteEnd, Version
    from ssh_transport.link.streams import Streams
    from ssh_transport.openssh.resolution import Resolved
    from ssh_transport.request.landing import Landing
    from ssh_transport.request.request import Request

# rsync 3.2.0 taught the receiver to write in place inside a partial directory.
_PARTIAL_IN_PLACE_SINCE = (3, 2, 0)
# Below this round trip one connection can carry more than zstd compresses (about 400 MB/s): 2 MiB, OpenSSH's channel
# window, per round trip.
_FAR_S = 0.005


class Calls:
    """
    What they have in common.

    :ivar oldest: the version of the older one of the two rsyncs.
    :ivar in_place: whether half a file can be seen under its final name.
    :ivar lists_at_once: whether the whole list goes before the first file.
    :ivar has_coarse_times: whether times are compared as a file system with rounded ones allows.
    """

    def __init__(self, request: Request, landing: Landing, remote: RemoteEnd, here: Version, there: Version) -> None:
        self.request, self._box, self._landing = request, request.box, landing
        self.is_pull = request.target.is_here
        self.settings = TransferSettings.of(self._box.c)
        self.oldest = min(here.number, there.number)
        self.in_place = request.options.inplace or self.oldest < _PARTIAL_IN_PLACE_SINCE
        self.is_far = remote.round_trip_s > _FAR_S
        self.lists_at_once = self.has_coarse_times = False
        self.lanes = Lanes(request, remote)
        content = remote.content if self.is_pull else content_here(request.source.path)
        self._words = partial(
            call_options,
            request.options,
            inplace=self.in_place,
            oldest=self.oldest,
            content=content,
            zstd=here.zstd and there.zstd and self.is_far and content.packs,
            checksum=next((name for name in here.checksums if name in there.checksums), ""),
            is_paced=self.lanes.pace is not None,
        )
        chosen, pace = self.lanes.chosen, self.lanes.pace
        self.shell = RemoteShell(self._box, chosen, remote.python, self.settings, pulls=self.is_pull, pace=pace)

    @property
    def root(self) -> tuple[str, str]:
        """The directory that the names of a dry run are below, and the file's new name if it gets one."""
        return self._landing.root(self.request.target.path)

    @property
    def shown_options(self) -> list[str]:
        """Those that matter to a person."""
        return [*shown_options(self._options()), *(["--delete"] if self.request.options.delete else [])]

    @property
    def data_bytes(self) -> int:
        """What went in the direction of the files in the call that ran last."""
        sent, received = self.shell.meter.sent_and_received
        return received if self.is_pull else sent

    def operands(self, target: str = "") -> list[str]:
        """Return source and target, or another target."""
        return operands(self._box.resolved, self.request, target)

    def begin_link(self, total_bytes: int) -> None:
        """Have the connections stand over which so much will go: the far end needs two round trips to be there."""
        _, ssh = patchwork.command(self._box, [], ssh_options(self._box), delete=False)
        self.shell.begin(ssh, self.lanes.suited(total_bytes))

    @contextlib.contextmanager
    def running(  # noqa: PLR0913 - what is run, and what is known of it
        self,
        words: Sequence[str],
        operands: Sequence[str],
        without: Sequence[str] = (),
        *,
        over: Streams | None = None,
        is_here: bool = False,
        is_last: bool = False,
    ) -> Iterator[Process]:
        """
        Run rsync.

        :param without: `left_out`.
        :param over: as in `RemoteShell.running`.
        :param is_here: whether both operands are on this machine.
        :param is_last: as in `RemoteShell.running`.
        """
        options = self.request.options
        plans = "--dry-run" in words
        mark = orphans.plan_mark(uuid4().hex) if plans else orphans.mark(self.request)
        try:
            with chosen(options.only, links=options.only_links) as only:
                # What is left out first: of the patterns that fit a name the first decides.
                options_of_call = self._options()
                between = [] if is_here else link_options(self.oldest, options_of_call)
                all_words = [*without, *options_of_call, *between, f"--rsync-path={mark}", *only, *words]
                deletes = options.deletes_extra and plans
                argv, ssh = patchwork.command(self._box, all_words, ssh_options(self._box), delete=deletes)
                over_link = partial(self.shell.running, ssh=ssh, over=over, is_last=is_last)
                run = self.shell.staying if is_here else over_link
                with run(argv, operands=operands) as process:
                    yield process
        except KeyboardInterrupt:
            if not is_here:
                orphans.end_at_once(self._box, mark)
            raise

    def check(self, code: int, stderr: str, *, progressed: bool = False) -> None:
        """
        Raise what the end of a call means.

        :raises Dropped: the link broke.
        :raises TaskError: what another attempt can't cure.
        """
        if self.shell.meter.ended == 0 and outcome.is_wordless(code, stderr):
            raise outcome.wordless(self._box.name)
        if code:
            # An `ssh` that goes over another says nothing of a cut.
            last_words = self.shell.last_words, self._box.last_words, self.lanes.last_words
            said = "\n".join(filter(None, (stderr, *last_words)))
            raise outcome.failure(self._box.name, self.request, self.root[0], code, said, progressed=progressed)

    def _options(self) -> list[str]:
        return self._words(lists_at_once=self.lists_at_once, coarse_times=self.has_coarse_times)


def operands(resolved: Resolved, request: Request, target: str = "") -> list[str]:
    """
    Return source and target as rsync wants them, one of them on the box.

    :param target: another target than the request's.
    """
    host = f"[{resolved.name}]" if ":" in resolved.name else resolved.name
    login = f"{resolved.user}@{host}:"
    source, target = request.source.path, target or request.target.path
    return [login + _literal(source), target] if request.target.is_here else [source, login + target]


def _literal(path: str) -> str:
    """Return a source path that the box's rsync takes letter by letter, not as a wildcard."""
    return "".join(f"\\{char}" if char in "*?[\\" else char for char in path) if set(path) & set("*?[") else path
