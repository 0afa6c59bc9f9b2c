"""Every rule, in the order of its id."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import contract, copies, credential_files, logins, pipes, rsync, secret_words, sessions

if TYPE_CHECKING:
    from ssh_transport.lint.rule import Rule

_MODULES = (contract, copies, credential_files, logins, pipes, rsync, secret_words, sessions)
RULES: tuple[Rule, ...] = tuple(
    sorted((rule for module in _MODULES for rule in module.RULES), key=lambda rule: rule.id)
)
