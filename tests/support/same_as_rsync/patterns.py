"""Patterns of ``--exclude`` in every form that rsync has, made of the names of a case."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .case import above

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from .case import Case

_GENERAL = (
    "*",
    "*.log",
    "*/",
    "/*",
    "*/*",
    "**",
    "[a-c]",
    "?",
    "[!a-m]*",
    "**/*.log",
    ".*",
    "/*/",
    "*[[:punct:]]*",
    "!",
)
_WILD = "*?["


def drawn(rng: Random, case: Case) -> tuple[str, ...]:
    """Return the patterns, in order."""
    if case.copy_links and rng.random() < 0.5:
        return ()
    count = rng.choices((0, 1, 2, 3), (35, 35, 20, 10))[0]
    return tuple(_pattern(rng, case) for _ in range(count))


def _pattern(rng: Random, case: Case) -> str:
    prefix = rng.choices(("", "+ ", "- "), (80, 14, 6))[0]
    names = [name for name in [*case.source, *(case.target or {})] if name]
    if not names or rng.random() < 0.25:
        return _prefixed(prefix, rng.choice(_GENERAL))
    name = rng.choice(names)
    # What anchored patterns begin with where the source is named without a slash.
    whole = name if case.contents or name not in case.source else f"{case.name}/{name}"
    return _prefixed(prefix, rng.choice(_FORMS)(rng, whole))


def _prefixed(prefix: str, pattern: str) -> str:
    return prefix + pattern if pattern != "!" else pattern


def _base(name: str) -> str:
    return name.rpartition("/")[2]


def _literal(name: str) -> str:
    """Return the pattern that fits the name alone: a backslash is one itself unless there is a wildcard."""
    if set(name) & set(_WILD):
        return "".join(f"\\{char}" if char in f"{_WILD}\\" else char for char in name)
    return name


def _vague(rng: Random, name: str) -> str:
    """Return a pattern with a wildcard in place of some of the name."""
    at = rng.randrange(len(name))
    return rng.choice((f"{name[:at]}*", f"*{name[at:]}", f"{name[:at]}?{name[at + 1 :]}", f"{name[:at]}[{name[at]}]*"))


_FORMS: tuple[Callable[[Random, str], str], ...] = (
    lambda _, name: _base(name),
    lambda _, name: _literal(_base(name)),
    lambda _, name: f"{_literal(_base(name))}/",
    lambda _, name: f"/{_literal(name)}",
    lambda _, name: f"/{_literal(name)}/",
    lambda _, name: _literal("/".join(name.split("/")[-2:])),
    lambda _, name: f"**/{_literal(_base(name))}",
    lambda _, name: f"/**/{_literal(_base(name))}",
    lambda _, name: f"{_literal(name)}/**",
    lambda _, name: f"{_literal(_base(name))}/***",
    lambda _, name: f"{_literal(_base(name))}/*",
    lambda _, name: f"/{_literal(above(name))}/*/" if above(name) else "/*/",
    lambda _, name: f"{_literal(name.partition('/')[0])}/**/{_literal(_base(name))}",
    lambda rng, name: _vague(rng, _base(name)),
    lambda rng, name: f"/{_vague(rng, name)}",
    lambda rng, name: f"{_vague(rng, _base(name))}/",
)
