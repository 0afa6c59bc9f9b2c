"""One watch from its first look to its end: look, copy into staging, look again, publish what is still the same."""

from __future__ import annotations

import dataclasses
import time
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from ssh_transport import files
from ssh_transport.errors import Incomplete, NoSuchPath, PermissionRefused
from ssh_transport.errors.translation import translated
from ssh_transport.facts.directory import normal
from ssh_transport.link.persist import persist
from ssh_transport.request.end import End
from ssh_transport.request.landing import landing, own_name
from ssh_transport.terminal.control import pause
from ssh_transport.terminal.report import say
from ssh_transport.terminal.signals import polite_kills_as_ctrl_c
from ssh_transport.text import count, one_line, size
from ssh_transport.transfer import Request, copy
from ssh_transport.transfer.fit import check_pairs

from .look import Look
from .result import WatchResult, listed
from .stability import publishable, seen_in, settled, vouched
from .staging import Staging, shows

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from ssh_transport.errors import BoxError
    from ssh_transport.terminal.progress import Progress
    from ssh_transport.transfer import Patience

    from .listing import Entry, Listing
    from .rules import Rules
    from .stability import Seen

# After the end marker, what still changes gets so many times the window.
_WINDOWS = 10
# What is wrong with some files is no reason to give up the others: they are tried again in the next round.
_OF_SOME_FILES = (Incomplete, NoSuchPath, PermissionRefused)


def watch(request: Request, rules: Rules, patience: Patience, show: Callable[[Progress], None]) -> WatchResult:
    """
    Keep pulling what has stopped changing in a directory on the box, through faults, until the rules end it.

    A final name never shows half a file, nor one that changed while it was read; nothing here is ever deleted. Safe to
    repeat: what is here is not pulled again.

    :param request: a pull of a directory; a trailing slash on the source means its contents.
    :raises AlreadyRunning: another process of this machine does the same.
    :raises Incomplete: something goes on changing long after the end marker.
    :raises KeyboardInterrupt: Ctrl-C or a polite kill; what is here was said.
    :raises TaskError: what stopped it; what has arrived is kept and the next run goes on from there.
    """
    box = request.box
    purpose = f"the watch {request.source} -> {request.target} ({box.address})"
    with files.locked(purpose), polite_kills_as_ctrl_c():
        # What fails at the first contact is told at once: a wrong port does not get better.
        box.open()
        under_way = _Watch(request, rules, patience, show)
        try:
            under_way.run()
        except KeyboardInterrupt:
            say(f"{box.name}: stopped: {under_way.outcome()}")
            raise
        finally:
            under_way.close()
    return under_way.outcome()


class _Watch:
    """A watch under way."""

    def __init__(self, request: Request, rules: Rules, patience: Patience, show: Callable[[Progress], None]) -> None:
        self._box, self._rules, self._patience, self._show = request.box, rules, patience, show
        self._began_s = time.monotonic()
        box, path, name = request.box, normal(request.source.path), own_name(request.source.path)
        found = landing(request, source_is_directory=True, target_is_directory=True)
        # A link in place of the directory's own name is refused, as what was pulled may have brought it.
        target = Path(request.target.path).resolve()
        self._target = target / found.top if found.top else target
        key = sha256(f"{box.address}\0{path}".encode("utf-8", "surrogateescape")).hexdigest()[:16]
        self._staging = Staging(self._target, key)
        self._look_once = Look(box, path, request.options.exclude, name)
        # The names that are copied were chosen by the patterns already.
        options = dataclasses.replace(request.options, exclude=())
        self._request = Request(
            source=End(f"{path.rstrip('/')}/", box), target=End(f"{self._staging.root}/"), options=options
        )
        self._listing: Listing | None = None
        self._seen: Mapping[str, Seen] = {}
        self._here: dict[str, Entry] = {}
        self._over_since_s: float | None = None
        self._left_s = _WINDOWS * rules.settle_s
        self._rounds = self._files = self._bytes = 0
        self._source = str(request.source)

    def run(self) -> None:
        """Look, pull, wait, until it is over."""
        self._staging.open()
        while True:
            self._round()
            if self._is_over():
                return
            self._pause()

    def close(self) -> None:
        """Tidy up, and say what is kept for the next run."""
        if self._staging.close():
            say(f"{self._box.name}: what is not complete is kept for the next run: {one_line(str(self._staging.root))}")

    def outcome(self) -> WatchResult:
        """Return what was done until now."""
        return WatchResult(
            box=self._box.name,
            source=self._source,
            target=str(self._target),
            files=self._files,
            bytes=self._bytes,
            here=len(self._here),
            rounds=self._rounds,
            waiting=tuple(self._waiting()),
            seconds=round(time.monotonic() - self._began_s, 3),
        )

    def _round(self) -> None:
        seen = self._seen
        listing = self._look()
        self._rounds += 1
        ready = settled(seen, listing, self._rules.settle_s) | vouched(listing, self._rules.done_marker)
        todo = [name for name in self._waiting() if name in ready]
        if not todo:
            return
        check_pairs(End(str(self._target)), listing.entries)
        fault = self._copy([name for name in todo if listing.entries[name].kind == "f"])
        after = self._look()
        same = [name for name in todo if after.entries.get(name) == listing.entries[name] and name not in self._here]
        arrived = [name for name in same if self._staging.holds(name, after.entries[name])]
        self._publish(publishable(arrived, self._here.keys(), after, self._rules.done_marker), after)
        if fault and (failed := [name for name in same if name not in arrived]):
            say(f"{self._box.name}: not copied: {listed(failed)}: {one_line(fault.cause or fault.what)}")

    def _look(self) -> Listing:
        """Look, with patience, and take note of what is seen."""
        listing, _ = persist(translated(self._box.name)(self._attempt), self._patience)
        if listing.unread and (self._listing is None or self._listing.unread != listing.unread):
            say(f"{self._box.name}: warning: could not be looked into: {one_line(listing.unread)}")
        self._seen = seen_in(self._seen, listing)
        self._here = {
            name: entry
            for name, entry in listing.contents()
            # What was pulled, and then taken away by somebody, is not pulled again.
            if self._here.get(name) == entry or shows(self._target / name, entry)
        }
        self._listing = listing
        if not self._rules.is_over(listing.names):
            self._over_since_s = None
        elif self._over_since_s is None:
            self._over_since_s = listing.ended_s
            say(f"{self._box.name}: {one_line(self._rules.until)} is there; waits until all has settled")
        self._staging.prune({name: entry for name, entry in listing.entries.items() if name not in self._here})
        return listing

    def _attempt(self, number: int) -> Listing:
        if number > 1:
            # Proves that it is still the same box and still lets us in.
            self._box.reconnect()
        return self._look_once()

    def _copy(self, names: Sequence[str]) -> BoxError | None:
        """Copy files into staging; return what kept some of them from it."""
        if not names:
            return None
        options = dataclasses.replace(self._request.options, only=tuple(names))
        try:
            done = copy(self._request.with_options(options), self._patience, self._show)
        except _OF_SOME_FILES as fault:
            return fault
        # Chosen once, so that the reasons are told once.
        options = dataclasses.replace(self._request.options, engine=done.engine)
        self._request = self._request.with_options(options)
        return None

    def _publish(self, names: Sequence[str], listing: Listing) -> None:
        if not names:
            return
        for name in names:
            self._staging.publish(name, listing.entries)
            self._here[name] = listing.entries[name]
        pulled = [listing.entries[name].size for name in names if listing.entries[name].kind == "f"]
        self._files += len(pulled)
        self._bytes += sum(pulled)
        waiting = self._waiting()
        waits = f"; {len(waiting):,} still change or are on the way" if waiting else ""
        what = f"{count(len(pulled), 'file')}, {size(sum(pulled))}"
        say(f"{self._box.name}: round {self._rounds}: here now: {listed(list(names))} ({what}){waits}")

    def _waiting(self) -> list[str]:
        contents = self._listing.contents() if self._listing else ()
        return [name for name, _ in contents if name not in self._here]

    def _is_over(self) -> bool:
        """
        Whether to end now.

        :raises Incomplete: it should be over, but is not.
        """
        rules, listing, since_s = self._rules, self._listing, self._over_since_s
        if listing is not None and since_s is not None:
            waiting = self._waiting()
            if not waiting and listing.began_s - since_s >= rules.settle_s:
                if listing.unread:
                    raise Incomplete(
                        "not all could be looked into", box=self._box.name, cause=listing.unread, hint="--exclude it"
                    )
                return True
            if self._left_s <= 0:
                raise Incomplete(
                    f"`{one_line(rules.until)}` is there, but not all has settled",
                    box=self._box.name,
                    cause=f"still changing, or could not be copied: {listed(waiting)}",
                    hint="--exclude what never rests, or give it longer with --settle",
                )
        return bool(rules.rounds) and self._rounds >= rules.rounds

    def _pause(self) -> None:
        pause_s = self._rules.every_s
        if self._over_since_s is not None:
            pause_s = min(pause_s, self._rules.settle_s)
            self._left_s -= pause_s
        pause(pause_s)
