"""Finds the known problem of a profile whose symptom is in an error message."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ssh_transport.errors import symptoms
from ssh_transport.errors.commands import as_typed

from .profiles import GENERIC, all_profiles

if TYPE_CHECKING:
    from ssh_transport.errors import TaskError

    from .profile import KnownProblem, Profile


@dataclass(frozen=True)
class Theme:
    """
    Known problems that are about the same thing.

    :ivar about: what they are about.
    :ivar problems: by their ids.

    >>> config.explain(c)[0].about
    'Boxes and what runs on them'
    """

    about: str
    problems: tuple[KnownProblem, ...]

    def __str__(self) -> str:
        return "\n".join([self.about, *(f"  {problem.id:5} {problem.symptom}" for problem in self.problems)])


def themes() -> list[Theme]:
    """Return all known problems: those of any box first, then platform by platform."""
    found: dict[str, list[KnownProblem]] = {}
    profiles = sorted(all_profiles().values(), key=lambda profile: profile.slug != GENERIC)
    for profile in profiles:
        for problem in profile.known_problems:
            about = profile.themes.get(problem.id.rstrip("0123456789"), profile.display_name)
            found.setdefault(about, []).append(problem)
    return [Theme(about, tuple(problems)) for about, problems in found.items()]


def find(message: str, profile: Profile) -> KnownProblem | None:
    """Return the known problem whose symptom is in `message`, the platform's own first, or `None`."""
    for problem in (*profile.known_problems, *all_profiles()[GENERIC].known_problems):
        if any(re.search(pattern, message) for pattern in problem.seen):
            return problem
    return None


def explain(error: TaskError, profile: Profile, alias: str) -> None:
    """
    Add the known problem to an error of a box on this platform, if there is one.

    The line that decided what error it is means the right one of several; what else was said may be another's words.
    """
    meant = symptoms.meaning(error.cause)
    whole = f"{error.what}\n{error.cause}"
    texts = [whole] if meant is None or meant.symptom.says_little else [meant.line, error.what]
    problem = next(filter(None, (find(text, profile) for text in texts)), None)
    if problem and not error.known_problem:
        import msgspec

        error.known_problem = msgspec.structs.replace(problem, fix=as_typed(problem.fix.replace("ALIAS", alias)))
