"""A box without Python is told the same in commands, and what it says means the same."""

from __future__ import annotations

import subprocess
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssh_transport.bucket.said import Said
from ssh_transport.bucket.shell_talk import ShellTalk, _word
from ssh_transport.bucket.worker.aes import password

SENDS: dict[str, Any] = {"does": "send", "root": "d", "files": ["a", "b"], "key": "ab" * 32, "copy_links": False}
PLAIN, SHA = "1" * 64, "2" * 64


def receives(*files: tuple[str, int, int]) -> ShellTalk:
    talk = ShellTalk({"does": "receive", "root": "to", "place": [".relay-partial", "c0"], "files": files})
    assert talk.begin() == ["receive 'to' .relay-partial c0"]
    return talk


def part(number: int, *slices: tuple[int, int, int]) -> dict[str, Any]:
    known = {"url": "http://x/?a=b&c='d'", "length": 30, "sha": SHA, "plain": PLAIN, "key": ""}
    return {"part": number, "slices": slices, **known}


@given(st.text(st.characters(min_codepoint=1, max_codepoint=255), min_size=1))
def test_a_shell_reads_every_name_as_it_is(name: str) -> None:
    script = f"printf '%b' {_word(name)}"

    assert "\n" not in script
    assert subprocess.run(["sh", "-c", script], capture_output=True, check=True).stdout == name.encode("latin-1")


def test_an_address_is_one_word() -> None:
    (line,) = receives(("a", 20, 0)).tell(part(0, (0, 0, 20)))

    assert line == f"part 0 30 {SHA} - {PLAIN} 20 'http://x/?a=b&c='\"'\"'d'\"'\"''"


def test_files_are_put_together_out_of_parts_that_go_when_nothing_is_left() -> None:
    talk = receives(("a", 15, 86_400_000_000_000), ("b", 5, 0))
    talk.tell(part(0, (0, 0, 10)))
    talk.tell(part(1, (0, 10, 5), (1, 0, 5)))

    assert talk.tell({"end": []}) == [
        *("begin 0", "piece 0 0 10", "piece 1 0 5", "publish 0 15 197001020000.00 'a'", "drop 0"),
        *("begin 1", "piece 1 5 5", "publish 1 5 197001010000.00 'b'", "drop 1", "finish"),
    ]
    assert talk.tell({"end": [0, 1]}) == ["finish"]


@pytest.mark.parametrize("name", ["../up", "a//b", "./a", "", "a/.."])
def test_no_name_leads_elsewhere(name: str) -> None:
    talk = receives((name, 10, 0))
    talk.tell(part(0, (0, 0, 10)))

    assert talk.tell({"end": []}) == ["finish"]


def test_what_is_there_is_told_once_all_was_looked_at_and_later_what_has_changed() -> None:
    talk = ShellTalk(SENDS)
    assert talk.begin() == ["send 'd' 0", "look 0 'a'", "look 1 'b'"]

    assert talk.hear(Said(file=1, look=None)) == (None, [])
    assert talk.hear(Said(file=0, look=(4, 7))) == (Said(files=[(4, 7_000_000_000), None]), [])
    assert talk.tell({"end": []}) == ["look 0 'a'", "look 1 'b'"]
    talk.hear(Said(file=0, look=(4, 8)))
    assert talk.hear(Said(file=1, look=None)) == (Said(changed=[0]), [])


def test_a_part_is_hashed_then_sealed_then_stored() -> None:
    talk = ShellTalk(SENDS)

    assert talk.tell({"part": 3, "slices": [(0, 5, 10)]}) == ["plain 3 0 5 10"]
    secret = password(bytes.fromhex(SENDS["key"]), 3, PLAIN)
    assert talk.hear(Said(part=3, plain=PLAIN)) == (None, [f"seal 3 {secret} 0 5 10"])
    said, lines = talk.hear(Said(part=3, length=10, sha=SHA))
    assert said == Said(part=3, length=10, sha=SHA, plain=PLAIN)
    assert lines == []
    assert talk.tell({"part": 3, "url": "http://x"}) == ["upload 3 http://x"]
    assert talk.tell({"part": 3, "url": ""}) == ["forget 3"]
    assert talk.hear(Said(part=3, bytes=10)) == (Said(part=3, bytes=10), [])
