"""Secrets in the words of a command: in histories, logs and process lists from then on."""

from __future__ import annotations

import re
from itertools import zip_longest
from typing import TYPE_CHECKING

from ssh_transport.lint.rule import Hit, Rule
from ssh_transport.lint.syntax import At, Word
from ssh_transport.transfer.guard.tokens import has_token, is_secret_name, is_secret_value

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
# Lower-case variables hold any key or secret of an algorithm; those of the environment are credentials.
_ASSIGNED = re.compile(
    r"(?:^|_)(?:[A-Z0-9]*KEY|SECRET|PASS|PWD|CREDENTIALS?)\d*$"
    r"|(?i:(?:^|_)(?:api_?key|(?:access_|auth_)?token|password|passwd|passphrase)\d*$)"
)
_ANY_KEY = re.compile(r"(?!.*(?:api|secret|access|private|auth)).*key", re.IGNORECASE)
_KEY_CHARACTERS = 20
# Programs with the word after which a secret comes.
_BEFORE = {("wandb", "login"), ("sshpass", "-p"), ("curl", "-u"), ("curl", "--user")}


def inlined(script: Script) -> Iterator[Hit]:
    if script.level:
        # What stands in a word for a box was looked at as a word here; only what it does with it is news.
        if not has_token(script.source.text):
            yield from _into_a_file(script)
        return
    seen = set[int]()
    for place, message in [*_by_form(script), *_by_name(script)]:
        if place not in seen:
            seen.add(place)
            yield Hit(place, message)
    yield from (hit for hit in _into_a_file(script) if hit.place not in seen)


def expanded(script: Script) -> Iterator[Hit]:
    for login in script.logins:
        for word in login.words:
            for expansion in word.expansions:
                match = _VARIABLE.match(expansion.text)
                if match and expansion.kind != "command_substitution" and is_secret_name(match[1].decode()):
                    name = match[1].decode()
                    yield Hit(
                        expansion.place, f"the value of `${name}` becomes a word of the ssh command: `ps` shows it"
                    )


def _by_form(script: Script) -> Iterator[tuple[int, str]]:
    if not has_token(script.source.text):
        return
    for at in script.nodes:
        if at.kind in {"word", "string", "raw_string", "ansi_c_string", "heredoc_body"} and has_token(at.text):
            yield at.place, "a token stands here in the open"


def _by_name(script: Script) -> Iterator[tuple[int, str]]:
    for at in script.nodes:
        if at.kind == "variable_assignment" and (found := _assigned(at)):
            yield found, "a secret is assigned in the open"
    for command in script.commands:
        for word in command.words:
            header = _HEADER.fullmatch(word.text)
            if header and is_secret_value(header[1]):
                yield word.at.place, "a header carries its secret in the open"
        for word, value in _values(command):
            # `curl -u user:password`
            if not value.startswith("-") and is_secret_value(value.rpartition(":")[2]):
                yield word.at.place, f"`{command.name}` gets a secret in the open"


def _assigned(at: At) -> int | None:
    name, value = at.node.child_by_field_name("name"), at.node.child_by_field_name("value")
    if name is None or value is None:
        return None
    word, called = Word(At(value, at, at.source)), (name.text or b"").decode("utf-8", "replace")
    if not _ASSIGNED.search(called) or not word.is_literal or any(char.isspace() for char in word.text):
        return None
    # Scripts call many a thing a key, such as that of a sort, or a path; and an example's password is made of words.
    if _ANY_KEY.fullmatch(called) and (len(word.text) < _KEY_CHARACTERS or set(word.text) & set("/.")):
        return None
    return word.at.place if _is_random(word.text) and is_secret_value(word.text) else None


def _is_random(value: str) -> bool:
    return any(char.isdigit() for char in value) and any(char.isalpha() for char in value)


def _values(command: Command) -> Iterator[tuple[Word, str]]:
    """Yield the words that are secrets by the option or subcommand before them."""
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
            yield Hit(command.words[-1].at.place, f"what `{names[0]}` keeps secret stands here in the open")


RULES = (
    Rule(
        "ST104",
        "No secret in a command or script (T4)",
        "keep it in the environment or a keyring, and stream it: inv secrets.push; whatever stood here: revoke it",
        "ssh proj-1 \"echo 'KEY' > ~/.x_key\"",
        "printf '%s\\n' \"$X_KEY\" | ssh proj-1 'umask 077; cat > ~/.x_key'",
        inlined,
    ),
    Rule(
        "ST204",
        "No secret's variable in the words of an ssh command (T4)",
        "stream it: printf '%s\\n' \"$NAME\" | ssh HOST 'umask 077; cat > FILE'",
        'ssh proj-1 "wandb login $WANDB_API_KEY"',
        "printf '%s\\n' \"$WANDB_API_KEY\" | ssh proj-1 'umask 077; cat > ~/.wandb_key'",
        expanded,
    ),
)
