"""What of a push would be a credential: keys by content, the files of known programs by name and content."""

from __future__ import annotations

import fnmatch
import glob
import os
import re
import shlex
import stat
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from ssh_transport.errors import Guarded
from ssh_transport.text import count, one_line

from . import root_of
from .private_keys import kind_of
from .tokens import has_secret, has_token

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

_NAMED = 10
_WHOLE_BYTES = 1 << 20
_HEAD_BYTES = 1 << 16
SSH_DIRECTORY = ".ssh"


@dataclass(frozen=True)
class Found:
    """Something that should not travel: its path relative to the root of the push, and what it is, in words."""

    path: str
    kind: str


def _holding(pattern: str) -> Callable[[bytes], bool]:
    compiled = re.compile(pattern.encode(), re.MULTILINE | re.IGNORECASE)
    return lambda data: compiled.search(data) is not None


_anything = _holding(r"\S")
_json_key = _holding(r'"key"\s*:\s*"[0-9a-f]{32}"')

# The end of a path in lower case, in fnmatch's words; what it is; what must stand in it. The first that fits a name
# decides.
FILES: tuple[tuple[str, str, Callable[[bytes], bool]], ...] = (
    (".netrc", "a netrc file with passwords", _holding(r"password\s+\S")),
    ("_netrc", "a netrc file with passwords", _holding(r"password\s+\S")),
    (".git-credentials", "git's stored passwords", _anything),
    ("git/credentials", "git's stored passwords", _holding(r"://\S*@")),
    ("gh/hosts.yml", "a GitHub login", _holding(r"oauth_token:\s*\S")),
    (".pgpass", "PostgreSQL passwords", _anything),
    (".pypirc", "a PyPI token", _holding(r"^\s*password\s*[=:]\s*\S")),
    (".npmrc", "an npm token", _holding(r"_(?:authToken|auth|password)\s*=\s*(?!\$\{)\S")),
    (".cargo/credentials*", "a crates.io token", _anything),
    (".aws/credentials", "AWS credentials", _anything),
    (".boto", "cloud storage credentials", _holding(r"(?:secret|token)\w*\s*=\s*\S")),
    (".s3cfg", "cloud storage credentials", _holding(r"^secret_key\s*=\s*\S")),
    (".ossutilconfig", "cloud storage credentials", _holding(r"secret\s*=\s*\S")),
    ("application_default_credentials.json", "Google Cloud credentials", _anything),
    ("gcloud/credentials.db", "Google Cloud credentials", _anything),
    ("gcloud/access_tokens.db", "Google Cloud credentials", _anything),
    ("gcloud/legacy_credentials/*", "Google Cloud credentials", _anything),
    (".azure/*token*", "Azure tokens", _anything),
    (".azure/service_principal*", "Azure credentials", _anything),
    (".kube/config", "a Kubernetes login", _anything),
    (".docker/config.json", "a container registry login", _holding(r'"(?:auth|identitytoken)"\s*:\s*"[^"]')),
    ("huggingface/token", "a Hugging Face token", _anything),
    ("huggingface/stored_tokens", "Hugging Face tokens", _anything),
    (".huggingface/token", "a Hugging Face token", _anything),
    (".modelscope/credentials", "a ModelScope login", _anything),
    (".modelscope/credentials/*", "a ModelScope login", _anything),
    ("kaggle.json", "a Kaggle key", _json_key),
    ("wandb/settings", "a Weights & Biases key", _holding(r"^\s*api_key\s*[=:]\s*\S")),
    (".vast_api_key", "a Vast.ai key", _anything),
    ("vastai/vast_api_key", "a Vast.ai key", _anything),
    (".runpod/config.toml", "a RunPod key", _holding(r"api_?key\s*=\s*['\"]?\w")),
    ("rclone.conf", "rclone's credentials", _holding(r"^\s*\w*(?:token|pass|password|secret|key)\s*=\s*\S")),
    *(
        (name, "an example with a real token", has_token)
        for name in (".env*.example", ".env*.template", ".env*.sample")
    ),
    *((name, "environment variables with secrets", has_secret) for name in (".env", ".env.*", "*.env", ".envrc")),
)


def _ending(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"(?:^|.*/){fnmatch.translate(pattern)}", re.DOTALL)


_RULES = [(_ending(pattern), kind, holds) for pattern, kind, holds in FILES]
# Nearly every name fits none of them, which these tell at once: last components, and what stands between wildcards.
_BASES = frozenset(pattern.rpartition("/")[2] for pattern, _, _ in FILES if "*" not in pattern)
_FRAGMENTS = frozenset(max(pattern.split("*"), key=len) for pattern, _, _ in FILES if "*" in pattern)


def check(here: str, names: Iterable[str], allow: Sequence[str] = (), *, copy_links: bool = False) -> None:
    """
    Stop a push that would carry credentials; their paths are named, nothing of their content is.

    :raises Guarded: with what was found, and how to send a secret instead.
    """
    all_found = found(here, names, allow, copy_links=copy_links)
    if not all_found:
        return
    first = all_found[0].path
    lines = [f"`{one_line(one.path)}` is {one.kind}" for one in all_found[:_NAMED]]
    more = [f"and {len(all_found) - _NAMED:,} more"] if len(all_found) > _NAMED else []
    raise Guarded(
        f"{count(len(all_found), 'path')} would carry credentials to the box; nothing was sent",
        cause="\n".join([*lines, *more]),
        hint="stream one secret with `inv secrets.push NAME`, leave a path out with "
        f"--exclude={_typed(_excluded(first))}, or let it through by name: --allow={_typed(_literal(first))}",
    )


def found(here: str, names: Iterable[str], allow: Sequence[str] = (), *, copy_links: bool = False) -> list[Found]:
    """
    Return what among the files of a push is a credential, in their order.

    A symlink carries nothing as such; with `copy_links` what it leads to counts. What can't be read is not copied
    either, and is passed over. Of large files only the beginning is looked at.

    :param allow: fnmatch(3) patterns over the relative path or the last component. A ``.ssh`` directory must be allowed
        by its very name, and what is in it is still looked at.
    """
    root = root_of(here)
    seen: dict[str, Found] = {}
    for name in names:
        path = name.rstrip("/")
        for one in _found(root, path, allow, copy_links=copy_links):
            seen.setdefault(one.path, one)
    return list(seen.values())


def kind_in(data: bytes, size_bytes: int, paths: Iterable[str]) -> str:
    """
    Return what credential a file holds, in words, or nothing.

    :param data: its beginning.
    :param size_bytes: the size of the whole file.
    :param paths: the names it goes by.
    """
    if kind := kind_of(data, size_bytes):
        return kind
    for path in map(str.lower, paths):
        if path.rpartition("/")[2] in _BASES or any(fragment in path for fragment in _FRAGMENTS):
            for pattern, kind, holds in _RULES:
                if pattern.match(path):
                    return kind if holds(data) else ""
    return ""


def allowed(path: str, allow: Sequence[str]) -> bool:
    """Whether a pattern, or the name itself, lets a path through."""
    base = path.rpartition("/")[2]
    return any(
        pattern in {path, base} or fnmatch.fnmatchcase(path, pattern) or fnmatch.fnmatchcase(base, pattern)
        for pattern in allow
    )


def _found(root: str, name: str, allow: Sequence[str], *, copy_links: bool) -> Iterator[Found]:
    whole = os.path.join(root, name)  # noqa: PTH118 - 100,000 names: pathlib is five times slower
    try:
        status = os.lstat(whole)
        linked = stat.S_ISLNK(status.st_mode)
        if linked and copy_links:
            status = os.stat(whole)  # noqa: PTH116 - as above
        real = os.path.realpath(whole) if linked else whole
        if SSH_DIRECTORY in name or (linked and SSH_DIRECTORY in real):
            yield from _ssh_directory(name, real, allow, is_directory=stat.S_ISDIR(status.st_mode))
        if not stat.S_ISREG(status.st_mode) or not status.st_size:
            return
        kind = kind_in(_content(real, status.st_size), status.st_size, {whole, real})
    except OSError:
        return
    if kind and not allowed(name, allow):
        yield Found(name, kind)


def _ssh_directory(name: str, real: str, allow: Sequence[str], *, is_directory: bool) -> Iterator[Found]:
    parts = name.split("/")
    directories = parts if is_directory else parts[:-1]
    if SSH_DIRECTORY in directories:
        path, kind = "/".join(parts[: directories.index(SSH_DIRECTORY) + 1]), "an ssh directory"
    elif is_directory and os.path.basename(real) == SSH_DIRECTORY:  # noqa: PTH119 - as above
        path, kind = name, "a link to an ssh directory"
    else:
        return
    if not {SSH_DIRECTORY, path} & set(allow):
        yield Found(path, kind)


def _content(path: str, size_bytes: int) -> bytes:
    """Return what is looked at: the beginning, and of text up to 1 MiB all; UTF-16 as UTF-8."""
    # A pipe that took the file's place meanwhile must not hold us up.
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        data = os.read(handle, _HEAD_BYTES)
        if _HEAD_BYTES < size_bytes <= _WHOLE_BYTES and (_utf16(data) or b"\0" not in data):
            for piece in iter(partial(os.read, handle, _WHOLE_BYTES), b""):
                data += piece
    finally:
        os.close(handle)
    encoding = _utf16(data)
    return data.decode(encoding, "replace").encode("utf-8", "replace") if encoding else data


def _utf16(data: bytes) -> str:
    """Return the UTF-16 that a text is in, as PowerShell writes it or without its mark, or nothing."""
    if data[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        return "utf-16"
    head = data[:64]
    if len(head) < 8 or b"\0" not in head:  # noqa: PLR2004 - too little to tell
        return ""
    for encoding, low in (("utf-16-le", 0), ("utf-16-be", 1)):
        if not any(head[1 - low :: 2]) and all(head[low::2]):
            return encoding
    return ""


def _excluded(path: str) -> str:
    from .crlf import literal_exclude

    return literal_exclude(path)


def _literal(path: str) -> str:
    return glob.escape(path)


def _typed(word: str) -> str:
    return shlex.quote(one_line(word))
