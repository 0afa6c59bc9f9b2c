"""Symptom, root cause, fix: the traps that the profiles know, found by what was said."""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING

from .errors import UsageError
from .platforms import GENERIC, all_profiles

if TYPE_CHECKING:
    from .box import Box
    from .errors import TaskError
    from .profile import Gotcha, Profile


def find(said: str, profile: Profile) -> Gotcha | None:
    """Return the trap whose symptom is in what was said: the platform's own first, then those of every SSH box."""
    for gotcha in (*profile.gotchas, *all_profiles()[GENERIC].gotchas):
        if any(re.search(pattern, said) for pattern in gotcha.seen):
            return gotcha
    return None


def explain(error: TaskError, box: Box) -> None:
    """Add the known trap to an error of this box, if it is one."""
    profile, _ = box.platform
    found = find(f"{error.what}\n{error.cause}", profile)
    if found and not error.gotcha:
        import msgspec

        error.gotcha = msgspec.structs.replace(found, fix=found.fix.replace("ALIAS", box.name))


def named(gotcha_id: str) -> tuple[Profile, Gotcha]:
    """
    Return a trap by its id, and whose it is.

    :raises UsageError: there is none; the nearest ids are named.
    """
    known = {gotcha.id: (profile, gotcha) for profile in all_profiles().values() for gotcha in profile.gotchas}
    if gotcha_id.upper() not in known:
        near = difflib.get_close_matches(gotcha_id.upper(), known, 3, 0.4) or list(known)
        raise UsageError(f"there is no gotcha `{gotcha_id}`", hint=f"known: {', '.join(near)}")
    return known[gotcha_id.upper()]
