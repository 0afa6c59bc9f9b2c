"""Rules for secrets in commands, which end up in histories, logs and process lists."""

from __future__ import annotations

import re
from itertools import zip_longest
from typing import TYPE_CHECKING

from ssh_transport.credentials.tokens import has_token, is_secret_name, is_secret_value
from ssh_transport.lint.command import options
from ssh_transport.lint.rule import Hit, Rule
from ssh_transport.lint.syntax import SyntaxNode, Word

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ssh_transport.lint.command import Command
    from ssh_transport.lint.script import Script

_HEADER = re.compile(
    r"(?:Authorization|Proxy-Authorization|(?:X-)?(?:Api-?Key|Auth-Token|Access-Token)|PRIVATE-TOKEN)\s*:"
    r"\s*(?:Bearer\s+|Token\s+|Basic\s+)?(\S+)",
    re.IGNORECASE,
)
_OPTION = re.compile(
    r"--?(?:[\w-]*(?:token|password|passwd|passphrase|secret|api[-_]?key|access[-_]?key))(?:=(.*))?",
    re.DOTALL | re.IGNORECASE,
)
_FOR_SECRETS = re.compile(
    r"(?:^|[/._-])(?:\w*(?:key|token|secret|passw(?:or)?d|credentials?)|_?netrc|pgpass)$", re.IGNORECASE
)
_NETRC = re.compile(r"\bpassword\s+(\S+)")
_VARIABLE = re.compile(rb"\$\{?[#!]?(\w+)")
# Lower-case variables may hold a key of an algorithm; upper-case ones are environment variables with credentials.
_ASSIGNED = re.compile(
    r"(?:^|_)(?:[A-Z0-9]*KEY|SECRET|PASS|PWD|CREDENTIALS?)\d*$"
    r"|(?i:(?:^|_)(?:api_?key|(?:access_|auth_)?token|password|passwd|passphrase)\d*$)"
)
_ANY_KEY = re.compile(r"(?!.*(?:api|secret|access|private|auth)).*key", re.IGNORECASE)
_KEY_CHARACTERS = 20
_SSHPASS_WITH_VALUE = frozenset({"-p", "-f", "-d", "-P"})
# Programs, and the word that a secret follows.
_BEFORE = {("wandb", "login"), ("sshpass", "-p"), ("curl", "-u"), ("curl", "--user")}


def inlined(script: Script) -> Iterator[Hit]:
    if script.level:
        # The words of a remote script were checked in the outer script already; only redirections are new.
        if not has_token(script.source.text):
            yield from _into_a_file(script)
        return
    seen = set[int]()
    for offset, message in [*_by_form(script), *_by_name(script)]:
        if offset not in seen:
            seen.add(offset)
            yield Hit(offset, message)
    yield from (hit for hit in _into_a_file(script) if hit.offset not in seen)


def expanded(script: Script) -> Iterator[Hit]:
    for login in script.logins:
        for word in login.words:
            for expansion in word.expansions:
                match = _VARIABLE.match(expansion.text)
                if match and expansion.kind != "command_substitution" and is_secret_name(match[1].decode()):
                    name = match[1].decode()
                    yield Hit(
                        expansion.file_offset, f"the value of `${name}` becomes an argument of `ssh`: `ps` shows it"
                    )
    yield from _to_sshpass(script)


def _to_sshpass(script: Script) -> Iterator[Hit]:
    for command in script.commands:
        names = [word.text.rpartition("/")[2] for word in command.line]
        if "sshpass" not in {command.name, *command.runners} or "sshpass" not in names:
            continue
        own, following = list[Word](), command.line[names.index("sshpass") + 1 :]
        while following and following[0].text.startswith("-"):
            takes_next = following[0].text in _SSHPASS_WITH_VALUE
            own += following[: 2 if takes_next else 1]
            following = following[2 if takes_next else 1 :]
        for letter, value in options(own, "pfdP")[0]:
            if letter == "p" and not value.is_literal:
                yield Hit(value.at.file_offset, "the password becomes an argument of `sshpass`: `ps` shows it")


def _by_form(script: Script) -> Iterator[tuple[int, str]]:
    if not has_token(script.source.text):
        return
    for at in script.nodes:
        if at.kind in {"word", "string", "raw_string", "ansi_c_string", "heredoc_body"} and has_token(at.text):
            yield at.file_offset, "there is a token in plain text"


def _by_name(script: Script) -> Iterator[tuple[int, str]]:
    for at in script.nodes:
        if at.kind == "variable_assignment" and (found := _assigned(at)):
            yield found, "a secret is assigned in plain text"
    for command in script.commands:
        for word in command.words:
            header = _HEADER.fullmatch(word.text)
            if header and is_secret_value(header[1]):
                yield word.at.file_offset, "a header has its secret in plain text"
        for word, value in _values(command):
            # `curl -u user:password`
            if not value.startswith("-") and is_secret_value(value.rpartition(":")[2]):
                yield word.at.file_offset, f"`{command.name}` gets a secret in plain text"


def _assigned(at: SyntaxNode) -> int | None:
    name, value = at.node.child_by_field_name("name"), at.node.child_by_field_name("value")
    if name is None or value is None:
        return None
    word, called = Word(SyntaxNode(value, at, at.source)), (name.text or b"").decode("utf-8", "replace")
    if not _ASSIGNED.search(called) or not word.is_literal or any(char.isspace() for char in word.text):
        return None
    # Many other things are called a key, such as that of a sort, or a path; and example passwords are words.
    if _ANY_KEY.fullmatch(called) and (len(word.text) < _KEY_CHARACTERS or set(word.text) & set("/.")):
        return None
    return word.at.file_offset if _is_random(word.text) and is_secret_value(word.text) else None


def _is_random(value: str) -> bool:
    return any(char.isdigit() for char in value) and any(char.isalpha() for char in value)


def _values(command: Command) -> Iterator[tuple[Word, str]]:
    """Yield the words that are secrets according to the option or subcommand before them."""
    words, programs = command.line, {command.name, *command.runners}
    # The last word has none after it.
    for word, following in zip_longest(words, words[1:]):
        match = _OPTION.fullmatch(word.text) if word.text.startswith("-") else None
        if match and match[1] is not None:
            yield word, match[1]
        elif following and (match or any((program, word.text) in _BEFORE for program in programs)):
            yield following, following.text


def _into_a_file(script: Script) -> Iterator[Hit]:
    for command in script.commands:
        if command.name not in {"echo", "printf"} or not command.words or not command.words[-1].is_literal:
            continue
        names = [word.text for word in command.writes_to if _FOR_SECRETS.search(word.text)]
        text = command.words[-1].text
        netrc = _NETRC.search(text)
        value = netrc[1] if netrc else text.removesuffix("\\n")
        goes_to_box = script.login is not None and text.strip() and "$" not in text
        if names and " " not in value and (goes_to_box or is_secret_value(value)):
            yield Hit(command.words[-1].at.file_offset, f"the secret for `{names[0]}` is here in plain text")


RULES = (
    Rule(
        "ST104",
        "No secret in a command or script (T4)",
        "keep it in the environment or a keyring, and stream it: ssh-transport -H ALIAS secrets.push NAME; "
        "revoke the one in the script",
        "ssh proj-1 \"echo 'KEY' > ~/.x_key\"",
        "printf '%s\\n' \"$X_KEY\" | ssh proj-1 'umask 077; cat > ~/.x_key'",
        inlined,
    ),
    Rule(
        "ST204",
        "No secret's variable in the arguments of `ssh` or `sshpass` (T4)",
        "stream it: printf '%s\\n' \"$NAME\" | ssh HOST 'umask 077; cat > FILE'; "
        "to log in: ssh-transport -H HOST keys.push",
        'ssh proj-1 "wandb login $WANDB_API_KEY"',
        "printf '%s\\n' \"$WANDB_API_KEY\" | ssh proj-1 'umask 077; cat > ~/.wandb_key'",
        expanded,
    ),
)
