"""Every rule, in the order of its id."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import contract, copies, logins, pipes, secret_words

if TYPE_CHECKING:
    from ssh_transport.lint.rule import Rule

RULES: tuple[Rule, ...] = tuple(
    sorted((*contract.RULES, *copies.RULES, *logins.RULES, *pipes.RULES, *secret_words.RULES), key=lambda rule: rule.id)
)
