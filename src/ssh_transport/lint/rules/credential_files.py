"""Rules for files that let somebody in: private keys and `.env` that are sent, host keys that nobody compared."""

from __future__ import annotations

import fnmatch
from typing import TYPE_CHECKING

from ssh_transport.lint.command import options
from ssh_transport.lint.rule import Hit, Rule, Variables
from ssh_transport.lint.script import SCP_WITH_VALUE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ssh_transport.lint.script import Script

_RSYNC_WITH_VALUE = "BTefM"
_COPIES = {"scp": SCP_WITH_VALUE, "rsync": _RSYNC_WITH_VALUE}
_KEYS = ("id_rsa*", "id_dsa*", "id_ecdsa*", "id_ed25519*", "*.pem", "*_rsa", "*_ed25519", "*.ppk", "ssh_host_*_key")
_SECRETS = (".env", ".env.*", "*.env", ".envrc", ".netrc", ".pgpass", ".git-credentials", ".vault-token", "kaggle.json")
_HARMLESS = ("*.pub", "*.example", "*.sample", "*.template", "*.dist", "*cert*.pem", "*chain*.pem", "*ca*.pem")


def sent(script: Script) -> Iterator[Hit]:
    known = Variables(script)
    for command in script.commands:
        if command.name not in _COPIES:
            continue
        _, operands = options(command.words, _COPIES[command.name])
        for word in operands[:-1]:
            name = known.filled_in(word.text).rstrip("/").rpartition("/")[2].rpartition(":")[2].lower()
            if what := _what(name):
                yield Hit(word.at.file_offset, f"`{command.name}` sends `{word.text}`, {what}: it stays where it lands")


def scanned(script: Script) -> Iterator[Hit]:
    for command in script.commands:
        if command.name != "ssh-keyscan":
            continue
        into = [*(word.text for word in command.writes_to)]
        if command.pipeline is not None:
            into.append(command.pipeline.text.decode("utf-8", "replace"))
        if any("known_hosts" in text for text in into):
            yield Hit(
                command.at.file_offset,
                "`ssh-keyscan` takes the key of whoever answers: written to known_hosts, it checks nothing any more",
            )


def _what(name: str) -> str:
    if any(fnmatch.fnmatchcase(name, pattern) for pattern in _HARMLESS):
        return ""
    if any(fnmatch.fnmatchcase(name, pattern) for pattern in _KEYS):
        return "a private key"
    return "a file of secrets" if any(fnmatch.fnmatchcase(name, pattern) for pattern in _SECRETS) else ""


RULES = (
    Rule(
        "ST207",
        "No private key and no `.env` by `scp` or rsync (T4)",
        "for a login lend the agent, or push a key made there; a secret: ssh-transport -H ALIAS secrets.push NAME",
        "scp ~/.ssh/id_ed25519 proj-1:.ssh/",
        "ssh-transport -H proj-1 keys.push",
        sent,
    ),
    Rule(
        "ST208",
        "No `ssh-keyscan` into known_hosts (T6)",
        "compare it with what the platform shows: ssh-transport config.forget ALIAS --expect SHA256:...; or ssh -o "
        "StrictHostKeyChecking=accept-new",
        "ssh-keyscan proj-1 >> ~/.ssh/known_hosts",
        "ssh -o StrictHostKeyChecking=accept-new proj-1 true",
        scanned,
    ),
)
