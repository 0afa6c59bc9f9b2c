"""The steps before a box is given back: first all that only looks, and nothing is changed unless it found all well."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ssh_transport import host_keys
from ssh_transport.change import Change
from ssh_transport.errors import Unhealthy
from ssh_transport.facts.logins import authorized
from ssh_transport.operations.alias import remove_alias
from ssh_transport.operations.revoke import revoke_key
from ssh_transport.secret.forget import forget_all
from ssh_transport.ssh_config import ours
from ssh_transport.text import count

from .left import is_abandoned, left_on
from .received import received_from

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from ssh_transport.box import Box
    from ssh_transport.manifest import Proof
    from ssh_transport.transfer import Request

_SHOWN = 20


@dataclass(frozen=True)
class Plan:
    """
    What a person wants of leaving.

    ``receipts`` is the local directory below which receipts are looked for; ``abandoned`` are patterns as of `left_on`.
    """

    receipts: Path
    abandoned: Sequence[str] = ()
    revoke_key: bool = False
    dry_run: bool = False


@dataclass(frozen=True)
class Step:
    """One line of the checklist: what was looked at or done, and whether it lets the next one go on."""

    what: str
    ok: bool
    said: str

    def __str__(self) -> str:
        return f"[{'x' if self.ok else ' '}] {self.what}: {self.said}"


@dataclass(frozen=True)
class Checklist:
    """All steps, done."""

    box: str
    steps: tuple[Step, ...]
    dry_run: bool

    def __str__(self) -> str:
        if self.dry_run:
            return f"dry run: nothing on {self.box} would be lost"
        return f"{self.box} can be given back; do that in the platform's console"


def leave(box: Box, plan: Plan, prove: Callable[[Request], Proof], *, told: Callable[[str], None]) -> Checklist:
    """
    Look whether anything would be lost, and only if not, take away what is ours: on the box, then here.

    :param prove: compares both ends of a copy again.
    :param told: called with each step when it is done.
    :raises Unhealthy: something would be lost; nothing was changed.
    """
    steps = []
    for step in _steps(box, plan, prove):
        told(str(step))
        steps.append(step)
    return Checklist(box.name, tuple(steps), plan.dry_run)


def _steps(box: Box, plan: Plan, prove: Callable[[Request], Proof]) -> Iterator[Step]:
    received = received_from(box, plan.receipts)
    requests = [request for request in received if not is_abandoned(request.there.rstrip("/"), plan.abandoned)]
    proofs = [prove(request) for request in requests]
    for proof in proofs:
        yield Step("received", proof.safe_to_destroy, proof.verdict)
    left = left_on(box, [request.there for request in received], plan.abandoned)
    listed = [str(one) for one in left[:_SHOWN]] + ([f"and {len(left) - _SHOWN:,} more"] if left[_SHOWN:] else [])
    looked_at = "home but its hidden names, and scratch disk looked at"
    yield Step("nothing else there", not left, "\n    ".join(["", *listed]) if left else looked_at)
    lost = sum(not proof.safe_to_destroy for proof in proofs) + len(left)
    if lost:
        pull = f"fab -H {box.name} transfer.pull --verify --path=PATH"
        what = f"{count(lost, 'thing')} would be lost; nothing was changed"
        raise Unhealthy(what, box=box.name, hint=f"{pull}, or let go what is not needed: --abandon=PATTERN")
    yield _done("secrets forgotten", forget_all(box, dry_run=plan.dry_run))
    if plan.revoke_key:
        yield _done("key revoked", _revoke(box, dry_run=plan.dry_run))
    yield _done("alias and host key forgotten here", _forget_here(box, dry_run=plan.dry_run))


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
        remove_alias(box.files, box.name)
    if not dry_run:
        host_keys.forget((*box.resolved.known_hosts, *box.resolved.global_known_hosts), {box.resolved.pinned_as})
    return Change(f"dry run: {box.name} is unknown here" if dry_run else f"{box.name} is unknown here", made=made)
