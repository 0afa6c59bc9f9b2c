"""Reads JSON, as APIs and command-line tools print it."""

from __future__ import annotations

import ast
import json
import re
import warnings
from typing import TYPE_CHECKING, Any

from . import fields

if TYPE_CHECKING:
    from collections.abc import Iterator

_SSH_PORT, _NO_PORT = "22", "none"
_LONGEST_LITERAL = 10_000
_PUBLIC = ("publicip", "publicipaddr", "publicipaddress", "publicipv4", "externalip", "natip")
_SECRET = re.compile(r"(?i)pass|secret|token|key")
# RunPod and Vast map port 22, and log in as root. Lambda's list of instances has the names of keys, and its user.
_ROOT, _LAMBDA = "root", "ubuntu"


def values(text: str) -> list[Any]:
    """Return the JSON values in a text, which may have words around them."""
    decoder = json.JSONDecoder()
    found: list[Any] = []
    start = 0
    # Each try reads on from where it starts: few of them keep the time in proportion to the text.
    for _ in range(8):
        match = re.compile(r"[{\[](?=\s*[\"{\[])").search(text, start)
        if not match:
            break
        try:
            value, start = decoder.raw_decode(text, match.start())
        except (ValueError, RecursionError):
            start = match.end()
        else:
            found.append(value)
    return found or _literals(text.strip())


def _literals(text: str) -> list[Any]:
    """Return the value of a text that Python printed, or nothing."""
    if not text.startswith(("{", "[")) or len(text) > _LONGEST_LITERAL:
        return []
    try:
        # Python warns of backslashes, and would show them.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            value = ast.literal_eval(text)
        # As JSON has it: every key is a text.
        return [json.loads(json.dumps(value, default=str))]
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return []


def strings(value: Any) -> Iterator[str]:
    """Yield the texts inside of a value, but for those whose name says that they are secret."""
    for item in _walk(value):
        for key, inner in item.items():
            if isinstance(inner, str) and not _SECRET.search(key):
                yield inner


def records(value: Any) -> Iterator[dict[str, str]]:
    """Yield the host, port and user of each object that has a host, outer ones first."""
    for item in _walk(value):
        record = _record(item)
        if record.get("host"):
            yield record


def _walk(value: Any) -> Iterator[dict[str, Any]]:
    """Yield every object, but for those in lists of ports."""
    left = [value]
    while left:
        item = left.pop(0)
        if isinstance(item, dict):
            yield item
            left += [inner for key, inner in item.items() if not key.lower().startswith("port")]
        elif isinstance(item, list):
            left += item


def _record(item: dict[str, Any]) -> dict[str, str]:
    plain = {re.sub(r"[ _.-]", "", key).lower(): inner for key, inner in item.items()}
    if plain.get("type") == "private":
        return {}
    if plain.get("sshhost") and plain.get("sshport"):
        return {
            "host": str(plain["sshhost"]),
            "port": _said(plain["sshport"]),
            "user": str(plain.get("sshuser") or _ROOT),
        }
    record: dict[str, str] = {}
    # A field whose name says ssh goes before the others.
    for key, inner in sorted(item.items(), key=lambda pair: "ssh" not in pair[0].lower()):
        name = fields.kind(key)
        if name and (said := _said(inner) if name == "port" else _text(inner)):
            record.setdefault(name, said)
    if not plain.get("sshhost") and (public := next((plain[key] for key in _PUBLIC if plain.get(key)), None)):
        record["host"] = str(public)
    record |= _mapped(item, record)
    if "rootpassword" in plain:
        record.setdefault("user", _ROOT)
    if "sshkeynames" in plain and "user" not in record:
        record["user"] = _LAMBDA
    return record


def _text(value: Any) -> str:
    return str(value).strip() if isinstance(value, str | int) and not isinstance(value, bool) else ""


def _said(value: Any) -> str:
    """Return what is said of a port: nothing if it is not there, and what is no port if it is something else."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return _text(value) or ("" if value in (None, "", [], {}) else _NO_PORT)


def _mapped(item: dict[str, Any], record: dict[str, str]) -> dict[str, str]:
    """Return what a list of ports says of port 22: RunPod's ``portMappings`` and ``ports``, Docker's ``ports``."""
    for key, inner in item.items():
        if not key.lower().startswith("port"):
            continue
        found = _of_map(inner) if isinstance(inner, dict) else _of_list(inner) if isinstance(inner, list) else {}
        if found:
            return {"user": record.get("user", _ROOT), **found}
    return {}


def _of_map(ports: dict[str, Any]) -> dict[str, str]:
    mapped = ports.get(_SSH_PORT, ports.get("22/tcp"))
    if isinstance(mapped, list) and mapped and isinstance(mapped[0], dict):
        mapped = mapped[0].get("HostPort")
    return {"port": said} if (said := _said(mapped)) else {}


def _of_list(ports: list[Any]) -> dict[str, str]:
    for port in ports:
        if not isinstance(port, dict):
            continue
        plain = {re.sub(r"[ _.-]", "", key).lower(): _said(inner) for key, inner in port.items()}
        inside = next((plain[key] for key in ("privateport", "internalport", "containerport") if key in plain), "")
        outside = next((plain[key] for key in ("publicport", "externalport", "hostport") if key in plain), "")
        if inside == _SSH_PORT and outside:
            return {"port": outside} | ({"host": plain["ip"]} if plain.get("ip") else {})
    return {}
