"""Tells the person which host key was pinned at a first contact, and where to compare it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssh_transport.terminal import report

if TYPE_CHECKING:
    from .target import Target


def tell(target: Target, fingerprint: str) -> None:
    """Say that the key with this fingerprint is trusted from now on."""
    profile, _ = target.platform
    where = f"; compare it with {profile.fingerprint_shown_in}" if profile.fingerprint_shown_in else ""
    report.say(f"{target.name}: first contact, pinned host key {fingerprint}{where}")
