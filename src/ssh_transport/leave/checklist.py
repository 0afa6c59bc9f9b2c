"""The steps before a box is given back: first checks that only read; changes follow only if all of them passed."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ssh_transport.audit import secrets_on
from ssh_transport.change import Change
from ssh_transport.errors import NoSuchPath, Unhealthy
from ssh_transport.facts.logins import authorized
from ssh_transport.openssh import host_keys, known_hosts
from ssh_transport.openssh.config_file import ours
from ssh_transport.operations.alias_removal import remove_alias
from ssh_transport.operations.revoke import revoke_key
from ssh_transport.secret.forget import forget_all
from ssh_transport.secret.inventory import inventory
from ssh_transport.text import count, one_line

from .abandoned import as_typed, resolved
from .places import in_words, places_of
from .received import pulls_to, received_from
from .remaining import remaining_on
from .running import running_on
from .sent import sent_to

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from ssh_transport.box import Box
    from ssh_transport.manifest import Verification
    from ssh_transport.transfer import Request

    from .received import Received
    from .relays import InRelay, Relays
    from .remaining import Look

_SHOWN = 20


@dataclass(frozen=True)
class Plan:
    """
    The options of leaving.

    Receipts are searched below the local directory ``receipts``; ``abandoned`` are words, see `resolved`.
    """

    receipts: Path
    abandoned: Sequence[str] = ()
    revoke_key: bool = False
    dry_run: bool = False


@dataclass(frozen=True)
class Step:
    """One line of the checklist: what was checked or done, its result, and whether it passed."""

    what: str
    ok: bool
    said: str

    def __str__(self) -> str:
        return f"[{'x' if self.ok else ' '}] {self.what}: {self.said}"


@dataclass(frozen=True)
class Checklist:
    """
    All steps before a box is given back, each of which passed.

    :ivar box: the box, as it was named.
    :ivar steps: what was checked or done, and its result.
    :ivar dry_run: whether nothing was done.
    :ivar relays: what copies from it or from this machine have left in the relays of the settings.

    >>> try:
    ...     hygiene.leave(c, on="proj-1", dry_run=True)
    ... except errors.Unhealthy as error:
    ...     print(error.exit_code)  # what is on it was never fetched
    26
    """

    box: str
    steps: tuple[Step, ...]
    dry_run: bool
    relays: tuple[InRelay, ...] = ()

    def __str__(self) -> str:
        if self.dry_run:
            return f"dry run: nothing on {self.box} would be lost"
        return f"{self.box} can be given back; do that in the platform's console"


def leave(
    box: Box, plan: Plan, verify: Callable[[Request], Verification], relays: Relays, *, say: Callable[[str], None]
) -> Checklist:
    """
    Check whether any data would be lost; if not, remove what is ours, first on the box, then here.

    :param verify: compares both ends of a copy again.
    :param say: called with the text of each step when it is done.
    :raises Unhealthy: data would be lost, a secret left there, or something still runs; nothing was changed.
    :raises ToolMissing: the box lacks what it takes to know that; nothing was changed.
    """
    steps = []
    for step in _steps(box, plan, verify, relays):
        say(str(step))
        steps.append(step)
    return Checklist(box.name, tuple(steps), plan.dry_run, relays.left_by(box))


def _steps(box: Box, plan: Plan, verify: Callable[[Request], Verification], relays: Relays) -> Iterator[Step]:
    pulls = pulls_to(plan.receipts)
    received = received_from(box, pulls)
    abandoned, sources = resolved(box, plan.abandoned, [one.source for one in received])
    # First, as the comparisons start processes of their own.
    running = _running(box)
    yield running
    kept = [one for one, source in zip(received, sources, strict=True) if source not in abandoned]
    steps = _of_each_source(kept, [_compared(box, one, verify) for one in kept])
    yield from steps
    places = places_of(box)
    sent = list(sent_to(box, places, pulls, verify))
    # Of several receipts for one place, each says the same.
    for said in dict.fromkeys(one.said for one in sent):
        yield Step("sent, and as it was sent", ok=True, said=said)
    covered = [one.source for one in received] + [path for one in sent for path in one.paths]
    look = remaining_on(box, covered, abandoned, places)
    yield _nothing_else(look, in_words(look.looked, places))
    for left in relays.left_by(box):
        # Whatever is there, nothing on the box depends on it.
        yield Step("relay", ok=True, said=str(left))
    secrets = _secrets(box)
    yield secrets
    lost = sum(not step.ok for step in steps) + len(look.remaining)
    if lost or not running.ok or not secrets.ok:
        raise _stopped(box, lost, is_running=not running.ok, holds_secrets=not secrets.ok)
    yield _done("secrets forgotten", forget_all(box, dry_run=plan.dry_run))
    if plan.revoke_key:
        yield _done("key revoked", _revoke(box, dry_run=plan.dry_run))
    yield _done("alias and host key forgotten here", _forget_here(box, dry_run=plan.dry_run))


def _running(box: Box) -> Step:
    what = "nothing runs"
    if not (processes := running_on(box)):
        return Step(what, ok=True, said="no process that a login started; not looked at: what else started one")
    return Step(what, ok=False, said=_lines([f"pid {str(process).strip()}" for process in processes]))


def _compared(box: Box, one: Received, verify: Callable[[Request], Verification]) -> Step:
    """Compare both ends again of what a receipt speaks of; if one of them is gone, say so with the way on."""
    source, where = _typed(one.source), one_line(one.receipt)
    given_up = f"if it may be lost: --abandon={source}"
    if not os.path.lexists(one.target):
        gone = f"{one_line(one.target)} is not here any more, of which {where} speaks"
        return Step("received", ok=False, said=f"{gone}; pull it again: {_pull(box, source)}; {given_up}")
    try:
        verification = verify(one.request)
    except NoSuchPath:
        gone = f"{source} is not on {box.name} any more, of which {where} speaks"
        return Step("received", ok=False, said=f"{gone}; was it renamed, or its disk unmounted? {given_up}")
    return Step("received", verification.safe_to_destroy, verification.verdict)


def _of_each_source(received: Sequence[Received], steps: Sequence[Step]) -> list[Step]:
    """Let what was received several times, and is whole once, be received: the other copies are said to be none."""
    whole = {(one.source, one.filter) for one, step in zip(received, steps, strict=True) if step.ok}
    return [
        step
        if step.ok or not {(one.source, one.filter), (one.source, ())} & whole
        else Step("received once more", ok=True, said=f"{step.said}\n    another copy of it is whole")
        for one, step in zip(received, steps, strict=True)
    ]


def _nothing_else(look: Look, searched: str) -> Step:
    what = "nothing else there"
    if not look.remaining:
        return Step(what, ok=True, said=searched)
    return Step(what, ok=False, said=f"{_lines([str(entry) for entry in look.remaining])}\n    {searched}")


def _secrets(box: Box) -> Step:
    """Look for secrets that are not forgotten with ours: who gets the box next would find them."""
    what = "no other secret there"
    found, unsearched = secrets_on(box, {one.path.removeprefix("~/") for one in inventory(box)})
    searched = f"not searched to the end: {', '.join(map(one_line, unsearched))}" if unsearched else "as far as audited"
    if not found:
        return Step(what, ok=True, said=searched)
    lines = [one_line(f"{one.place}: {one.what}; {one.fix}") for one in found]
    return Step(what, ok=False, said=f"{_lines(lines)}\n    {searched}")


def _lines(entries: Sequence[str]) -> str:
    more = [f"and {len(entries) - _SHOWN:,} more"] if len(entries) > _SHOWN else []
    return "\n    ".join(["", *entries[:_SHOWN], *more])


def _stopped(box: Box, lost: int, *, is_running: bool, holds_secrets: bool) -> Unhealthy:
    said = ["something still runs"] if is_running else []
    said += [f"{count(lost, 'thing')} would be lost"] if lost else []
    said += ["secrets would be left there"] if holds_secrets else []
    hints = [f"{_pull(box, 'PATH')}, or give up what is not needed: --abandon=PATTERN"] if lost else []
    hints += [f"ssh-transport -H {box.name} hygiene.stop PATTERN"] if is_running else []
    hints += ["remove each secret as shown, and revoke it"] if holds_secrets else []
    return Unhealthy(f"{', and '.join(said)}; nothing was changed", box=box.name, hint="; ".join(hints))


def _pull(box: Box, path: str) -> str:
    return f"ssh-transport -H {box.name} transfer.pull --verify --path={path}"


def _typed(source: str) -> str:
    """Return a path on the box as a word for a shell, whose home is another."""
    path = source.rstrip("/") or "/"
    return as_typed(path if path.startswith("/") else f"~/{path.removeprefix('./')}")


def _revoke(box: Box, *, dry_run: bool) -> Change:
    used = next((entry for entry in authorized(box).keys if entry.in_use), None)
    if used is None:
        return Change("the key of this login is not in authorized_keys", made=False)
    return revoke_key(box, used.fingerprint, including_mine=True, dry_run=dry_run)


def _done(what: str, change: Change) -> Step:
    return Step(what, ok=True, said=str(change))


def _forget_here(box: Box, *, dry_run: bool) -> Change:
    config = box.files.config
    is_ours = config.exists() and box.name in ours(config.read_bytes())
    made = is_ours or bool(host_keys.pinned(box.resolved))
    if not dry_run and is_ours:
        # Which leaves a pin that is another's, too.
        remove_alias(box.files, box.name)
    elif not dry_run:
        known_hosts.forget(box.resolved.known_hosts, {box.resolved.pinned_as})
    return Change(f"dry run: {box.name} is unknown here" if dry_run else f"{box.name} is unknown here", made=made)
