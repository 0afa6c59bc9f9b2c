"""Which findings are wanted: ``--select`` and ``--ignore``, by the beginnings of ids."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ssh_transport.errors import UsageError

from .rules import RULES

_SHELLCHECK = re.compile(r"SC\d{0,4}")


@dataclass(frozen=True)
class Chosen:
    """Beginnings of ids; nothing selected means all. What is ignored is so even if it is selected."""

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()

    def __contains__(self, rule_id: str) -> bool:
        return (not self.select or rule_id.startswith(self.select)) and not (
            self.ignore and rule_id.startswith(self.ignore)
        )

    @property
    def shellcheck(self) -> bool:
        """Whether anything of shellcheck is wanted."""
        mine = not self.select or any(word.startswith("SC"[: len(word)]) for word in self.select)
        return mine and not {"S", "SC"} & set(self.ignore)


def chosen(select: str, ignore: str) -> Chosen:
    """
    Read ``ST1,SC2086``.

    :raises UsageError: no rule's id begins so.
    """
    return Chosen(_ids(select), _ids(ignore))


def _ids(words: str) -> tuple[str, ...]:
    ids = tuple(word.upper() for word in words.replace(",", " ").split())
    for word in ids:
        if not _SHELLCHECK.fullmatch(word) and not any(rule.id.startswith(word) for rule in RULES):
            known = ", ".join(rule.id for rule in RULES)
            raise UsageError(f"no rule is called `{word}`", hint=f"known: {known}, and shellcheck's SC1000 to SC4000")
    return ids
