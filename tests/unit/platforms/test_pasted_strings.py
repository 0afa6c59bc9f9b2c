"""
The strings that people paste, as they were found or made up in their manner: each is read right, or refused.

`pasted_strings.jsonl` was collected from public pages, with other addresses and names; `more_pasted_strings.jsonl` is
our own. A line has the ``text``, what it must lead to (``expect``), and a ``secret`` that must be nowhere.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ssh_transport.errors import EndpointError, UsageError
from ssh_transport.platforms.endpoint import parse, read

pytestmark = pytest.mark.usefixtures("own_profiles")

_DATA = Path(__file__).parents[2] / "data"


def strings(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (_DATA / name).read_text(encoding="utf-8").splitlines()]


STRINGS = [*strings("pasted_strings.jsonl"), *strings("more_pasted_strings.jsonl")]
READ = [case for case in STRINGS if isinstance(case["expect"], dict)]
REFUSED = [case for case in STRINGS if case["expect"] == "refuse"]
ROUTED = [case for case in STRINGS if case["expect"] == "refuse, or keep the ProxyCommand"]
SECRETS = [case for case in STRINGS if "secret" in case]


def named(case: dict[str, Any]) -> str:
    return str(case["text"])[:60]


def test_the_strings_are_there() -> None:
    """Whoever moves the files is told."""
    assert len(READ) + len(REFUSED) + len(ROUTED) == len(STRINGS)
    assert len(STRINGS) > 300


@pytest.mark.parametrize("case", READ, ids=named)
def test_what_is_pasted_leads_where_its_console_means(case: dict[str, Any]) -> None:
    """User, host and port, and where they are told the key and the way; what the string does not say stays open."""
    found = parse(case["text"])
    expected = {"user": None, "port": None, **case["expect"]}
    shown = {key: dict(found.options) if key == "options" else getattr(found, key) for key in expected}

    assert expected == shown
    assert found.jump == expected.get("jump", found.jump)


@pytest.mark.parametrize("case", REFUSED, ids=named)
def test_what_can_not_be_followed_is_refused(case: dict[str, Any]) -> None:
    """It is no endpoint, or it leads a way that an alias can't: better none than a wrong one."""
    with pytest.raises(EndpointError):
        parse(case["text"])


@pytest.mark.parametrize("case", ROUTED, ids=named)
def test_a_proxy_command_is_kept(case: dict[str, Any]) -> None:
    """Without it the alias would lead to whatever has that address nearby."""
    assert "ProxyCommand" in dict(parse(case["text"]).options)


@pytest.mark.parametrize("case", SECRETS, ids=named)
def test_a_secret_beside_the_endpoint_is_nowhere(case: dict[str, Any]) -> None:
    """Neither in what is kept, nor in what is said, nor in the error."""
    try:
        found = repr(read(case["text"]))
    except UsageError as exc:
        found = str(exc)

    assert case["secret"] not in found


TOLD = {
    "ssh -P 38076 root@web.example": "ssh's option for the port is -p",
    "scp -p 38076 f root@web.example:/x": "scp's option for the port is -P",
    "ssh -i ~/.ssh/none.pub root@web.example": "a public key is no identity: `~/.ssh/none` is used",
    "ssh -i [path_to_your_private_key] root@web.example": "the identity file is not filled in yet",
    "ssh -i key.ppk root@web.example": "the identity file is PuTTY's",
    "ssh -i /none/k root@web.example": "the identity file `/none/k` is not there",
    "ssh -i C:\\Users\\me\\k root@web.example": "the identity file `C:\\Users\\me\\k` is not there",
    "ssh root@web.example\nPort: 22100": "its user or port is not in the command, but beside it",
}


@pytest.mark.parametrize("text", TOLD)
def test_what_is_read_otherwise_than_written_is_told(text: str) -> None:
    """The first remark names what was read."""
    assert read(text).told[0].startswith(TOLD[text])


def test_a_string_that_says_all_needs_no_remark(tmp_path: Path) -> None:
    """A key that is there is not spoken of."""
    (tmp_path / "k").touch()

    assert read(f"ssh -p 22100 -i {tmp_path}/k root@web.example").told == ()


def test_a_relative_key_becomes_one_that_is_found_from_anywhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From the current directory, else from the home directory or its `.ssh`, where it is."""
    home = Path.home()
    (home / ".ssh").mkdir(exist_ok=True)
    (home / ".ssh" / "there").touch()
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / "here").touch()
    monkeypatch.chdir(tmp_path / "work")

    assert parse("ssh -i here root@web.example").identity == str(tmp_path / "work" / "here")
    assert parse("ssh -i .ssh/there root@web.example").identity == str(home / ".ssh" / "there")
    assert parse("ssh -i there root@web.example").identity == str(home / ".ssh" / "there")
    assert parse("ssh -i nowhere root@web.example").identity == str(tmp_path / "work" / "nowhere")
