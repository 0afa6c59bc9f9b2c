"""
What a kept-up catalogue of rules finds in a file: the tokens of hundreds of services, each by its own shape.

Kingfisher's rules, compiled and matched in this process; it asks no network unless it is told to validate.
"""

from __future__ import annotations

import contextlib
import functools
import os
import re
import threading
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING

from ssh_transport import files
from ssh_transport.errors import AlreadyRunning, LocalFileError
from ssh_transport.terminal.report import say

from .tokens import is_secret_value

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kingfisher_sdk import Scanner

_making = threading.Lock()
_PREFIX = re.compile(r"^[\w-]+[./]")
_ADDRESS, _ANY = "generic-credential-uri", ("generic-", "curl-")
_ILLUSTRATION = re.compile(r"1234567|0123456|abcdefg", re.IGNORECASE)
_LONG_CHARACTERS = 16
_COMPILES_S = 120
# The catalogue's own wants a space or a quote behind it; in a sentence there is a mark.
_IN_A_SENTENCE = re.compile(rb"(?<![A-Za-z0-9])hf_[A-Za-z]{34}(?=[.,;:!?)\]>])")

# Wandb's has no shape of its own: forty hex digits, where they are given to it.
_OF_WANDB = re.compile(
    rb"(?:wandb\.login\(\s*(?:\w+\s*=\s*[^,()\n]{1,40},\s*)*(?:key\s*=\s*)?[\"']|wandb login(?:\s+--?[a-z-]+)*\s+"
    rb"|(?:wandb_api_key|api\.wandb\.ai[\s\S]{0,80}?\bpassword)[\s\"'\]=:,({}$-]{1,12}(?:value:\s*[\"']?)?)"
    rb"(?:local-)?([0-9a-f]{40}(?![0-9a-f])|wandb_v1_\w{40,})",
    re.IGNORECASE,
)


def kind_of(data: bytes) -> str:
    """Return a description of the first secret in it that the catalogue knows, or an empty string."""
    return next((kind for kind, _, _ in found_in(data)), "")


def found_in(data: bytes) -> Iterator[tuple[str, int, int]]:
    """Yield the secrets in it that the catalogue knows: what each is, and where it begins and ends."""
    for found in _IN_A_SENTENCE.finditer(data) if b"hf_" in data else ():
        yield "a secret (huggingface access token)", *found.span()
    # Without the word it takes longer to look for than all else.
    for found in _OF_WANDB.finditer(data) if b"wandb" in data or b"WANDB" in data else ():
        if is_secret_value(found[1].decode()):
            yield "a secret (wandb api key)", *found.span(1)
    scanner = _scanner()
    for finding in scanner.scan(data) if scanner else ():
        rule = _PREFIX.sub("", finding.rule_id)
        begins, ends = finding.location["start_offset"], finding.location["end_offset"]
        if finding.visible and _is_real(rule, data[begins:ends].decode("utf-8", "replace")):
            yield f"a secret ({rule.replace('-', ' ')})", begins, ends


def prepare() -> None:
    """
    Have the catalogue soon, for who will ask for it.

    To compile it, where this machine has not done so, takes seconds, which are no part of a copy: they come first. To
    read it takes most of one, beside whatever comes next.
    """
    place = _kept_in()
    if place is None or not _is_compiled(place):
        _scanner()
    elif not _made_scanner.cache_info().currsize:
        # No daemon: the end of the interpreter must not cut off what is no Python.
        threading.Thread(target=_read).start()


def _read() -> None:
    # Why it can't be had is for who asks for it.
    with contextlib.suppress(Exception):
        _scanner()


def is_there() -> bool:
    """Whether this machine has the catalogue."""
    return _scanner() is not None


def _scanner() -> Scanner | None:
    # Boxes side by side want it at once, and to make it takes seconds where none is kept.
    with _making:
        return _made_scanner()


@functools.cache
def _made_scanner() -> Scanner | None:
    try:
        from kingfisher_sdk import Rules, Scanner
    except ImportError:
        # There is no build of it for every machine: our own rules are left.
        return None
    place = _kept_in()
    if place is not None and _is_compiled(place):
        return Scanner(Rules(cache_dir=place))
    with _alone():
        if place is None or not _is_compiled(place):
            say("preparing the rules that tokens are found by: some seconds, the first time on this machine")
        return Scanner(Rules(cache_dir=place))


def _is_compiled(place: Path) -> bool:
    return any(place.glob("*"))


@contextlib.contextmanager
def _alone() -> Iterator[None]:
    """Let another process that is at the same end first; all the same go on without where no lock is to be had."""
    with contextlib.ExitStack() as stack:
        with contextlib.suppress(AlreadyRunning, LocalFileError):
            stack.enter_context(files.locked("the rules that tokens are found by", wait_s=_COMPILES_S))
        yield


def _kept_in() -> Path | None:
    """Return where it lies once it is compiled: where Kingfisher's own variable says, else in our cache."""
    if named := os.environ.get("KF_RULE_CACHE_DIR"):
        return Path(named)
    with contextlib.suppress(LocalFileError, PackageNotFoundError):
        # Another version compiles its own.
        return files.private_directory() / f"rules-{version('kingfisher-secret-scanner')}"
    return None


def _is_real(rule: str, value: str) -> bool:
    """Whether it is no illustration: where the rule knows no shape, documents are full of them."""
    if _ILLUSTRATION.search(value):
        return False
    if rule == _ADDRESS:
        return is_secret_value(value)
    return not rule.startswith(_ANY) or (len(value) >= _LONG_CHARACTERS and is_secret_value(value))
