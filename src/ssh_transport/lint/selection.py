"""Selects findings by the beginnings of their ids: ``--select`` and ``--ignore``."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ssh_transport.errors import UsageError

from .rules import RULES

_ADVICE = frozenset(rule.id for rule in RULES if rule.is_advice)
_SHELLCHECK = re.compile(r"SC\d{0,4}")


@dataclass(frozen=True)
class Selection:
    """
    Beginnings of ids; without `select` all are selected. `ignore` has precedence.

    Advice is selected only by a word that means it alone or with its like: ``ST0``, ``ST002``.
    """

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()

    def __contains__(self, rule_id: str) -> bool:
        words = tuple(word for word in self.select if len(word) > len("ST")) if rule_id in _ADVICE else self.select
        is_selected = rule_id.startswith(words) if words or rule_id in _ADVICE else True
        return is_selected and not (self.ignore and rule_id.startswith(self.ignore))

    @property
    def shellcheck(self) -> bool:
        """Whether any finding of shellcheck is selected."""
        selected = not self.select or any(word.startswith("SC"[: len(word)]) for word in self.select)
        return selected and not {"S", "SC"} & set(self.ignore)


def parse_selection(select: str, ignore: str) -> Selection:
    """
    Parse ``ST1,SC2086``.

    :raises UsageError: no rule's id begins with it.
    """
    return Selection(_ids(select), _ids(ignore))


def _ids(words: str) -> tuple[str, ...]:
    ids = tuple(word.upper() for word in words.replace(",", " ").split())
    for word in ids:
        if not _SHELLCHECK.fullmatch(word) and not any(rule.id.startswith(word) for rule in RULES):
            known = ", ".join(rule.id for rule in RULES)
            raise UsageError(f"no rule is called `{word}`", hint=f"known: {known}, and shellcheck's SC1000 to SC4000")
    return ids
