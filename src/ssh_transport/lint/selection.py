"""Selects findings by the beginnings of their ids: ``--select`` and ``--ignore``."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ssh_transport.errors import UsageError

from .rules import RULES

_SHELLCHECK = re.compile(r"SC\d{0,4}")


@dataclass(frozen=True)
class Selection:
    """Beginnings of ids; without `select` all are selected. `ignore` has precedence."""

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()

    def __contains__(self, rule_id: str) -> bool:
        return (not self.select or rule_id.startswith(self.select)) and not (
            self.ignore and rule_id.startswith(self.ignore)
        )

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
