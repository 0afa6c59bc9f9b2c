"""Finds known problems by what a person types: an id, a platform, or what ssh said."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ssh_transport.errors import UsageError, symptoms
from ssh_transport.text import did_you_mean

from .diagnosis import Theme, themes
from .profiles import all_profiles

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from .profile import KnownProblem

_WORD = re.compile(r"[^\W_]{2,}")
_CODE = re.compile(r"\\[A-Za-z]")
_LIKE_AN_ID = re.compile(r"[A-Za-z]{1,3}\d{1,3}")
_MUCH = 0.6
_ALONE = "all of them by theme: ssh-transport config.explain"


def problems(typed: str) -> list[Theme]:
    """
    Return the known problems that are meant, by theme; an id means one, a platform all of its own.

    A text means those whose patterns it fits, as an error message does, or what people ask about; else those that have
    most of its words.

    :raises UsageError: there are none.
    """
    text = typed.strip()
    slugs = {name.lower(): slug for slug, of in all_profiles().items() for name in (slug, of.display_name)}
    slug = slugs.get(text.lower())
    of_platform = all_profiles()[slug].known_problems if slug else ()
    tests: list[Callable[[KnownProblem], bool]] = [
        lambda problem: problem.id == text.upper(),
        lambda problem: problem in of_platform,
        lambda problem: any(re.search(pattern, text) for pattern in (*problem.seen, *problem.asked)),
    ]
    if slug is None and not _LIKE_AN_ID.fullmatch(text):
        tests.append(_has_most_of(text))
    found = next(filter(None, map(_those, tests)), None)
    if found is None:
        raise _nothing(text, slug)
    return found


def overview() -> str:
    """Return all themes with the ids of their problems, a line for each."""
    rows = [(theme.about, " ".join(problem.id for problem in theme.problems)) for theme in themes()]
    width = max(len(about) for about, _ in rows)
    return "\n".join(f"{about:{width}}  {ids}" for about, ids in rows)


def _those(is_meant: Callable[[KnownProblem], bool]) -> list[Theme]:
    found = [Theme(theme.about, tuple(filter(is_meant, theme.problems))) for theme in themes()]
    return [theme for theme in found if theme.problems]


def _has_most_of(text: str) -> Callable[[KnownProblem], bool]:
    """Return whether a problem has as many of these words as any has, and most of them; a word may go on there."""
    wanted = set(_words([text]))
    scores = {
        problem.id: len([word for word in wanted if any(one.startswith(word) for one in said)])
        for theme in themes()
        for problem in theme.problems
        if (said := set(_words([problem.symptom, problem.cause, problem.fix, *problem.seen, *problem.asked])))
    }
    most = max(scores.values(), default=0)
    return lambda problem: scores[problem.id] == most >= max(1, _MUCH * len(wanted))


def _words(texts: Iterable[str]) -> list[str]:
    return [word for text in texts for word in _WORD.findall(_CODE.sub(" ", text.lower()))]


def _nothing(text: str, slug: str | None) -> UsageError:
    if slug is not None:
        return UsageError(f"no problem of {all_profiles()[slug].display_name} alone is known", hint=_ALONE)
    if _LIKE_AN_ID.fullmatch(text):
        known = [problem.id for theme in themes() for problem in theme.problems]
        meant = did_you_mean(text.upper(), known, 3, 0.4).strip()
        return UsageError(f"there is no known problem `{text}`", hint=meant or _ALONE)
    meaning = symptoms.meaning(text)
    if meaning is None:
        meant = did_you_mean(text.lower(), all_profiles())
        return UsageError(f"no known problem is about `{text}`", hint=f"{meant}{_ALONE}")
    error = meaning.error("ALIAS")
    what = f"no known problem is about that, but it is known what it means: {error.what}"
    return UsageError(what, cause=error.cause, hint=error.hint)
