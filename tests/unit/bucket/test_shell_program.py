"""What a box without Python runs takes nothing but what was sealed, and writes nowhere but where it should."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
from typing import TYPE_CHECKING, Any, Self

import pytest

from ssh_transport.bucket import seal, shell_program
from ssh_transport.bucket.worker.aes import part_key
from tests.support.lying_store import LyingStore

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

    from tests.support.lying_store import Answer, Asked

PLAIN = bytes(range(256)) * 40
SECRET = "a1b2c3"
BODY = seal.sealed(part_key(SECRET), 0, PLAIN)
ERROR = b"<Error><Code>SlowDown</Code></Error>"


class Program:
    """It, in a `with`, in a directory."""

    def __init__(self, directory: Path, shell: str) -> None:
        argv = [*shell.split(), "-c", shell_program.script(), "sh", "", ""]
        self._running = subprocess.Popen(
            argv, cwd=directory, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    def tell(self, *lines: str) -> None:
        assert self._running.stdin
        self._running.stdin.write("".join(f"{line}\n" for line in lines))
        self._running.stdin.flush()

    def hear(self) -> dict[str, Any]:
        """Return what it says next, but for its heartbeat."""
        assert self._running.stdout
        said: dict[str, Any] = {"at": 0}
        while "at" in said:
            said = json.loads(self._running.stdout.readline())
        return said

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self._running.communicate()


@pytest.fixture(params=["sh", "bash", "busybox sh"])
def program(tmp_path: Path, request: pytest.FixtureRequest) -> Program:
    return Program(tmp_path, request.param)


def part(url: str) -> str:
    stored, plain = (hashlib.sha256(data).hexdigest() for data in (BODY, PLAIN))
    return f"part 0 {len(BODY)} {stored} {SECRET} {plain} {len(PLAIN)} '{url}'"


def good(asked: Asked, first: int) -> None:
    asked.says(206 if first else 200, BODY[first:], Content_Range=f"bytes {first}-{len(BODY) - 1}/{len(BODY)}")


def cut(asked: Asked, first: int) -> None:
    asked.says(
        206 if first else 200,
        BODY[first:][:4000],
        len(BODY) - first,
        Content_Range=f"bytes {first}-{len(BODY) - 1}/{len(BODY)}",
    )


def whole(asked: Asked, first: int) -> None:
    asked.says(200, BODY)


def other(asked: Asked, first: int) -> None:
    asked.says(200, bytes(len(BODY)))


def error_that_says_all_is_well(asked: Asked, first: int) -> None:
    asked.says(200, ERROR)


def gone(asked: Asked, first: int) -> None:
    asked.says(404, ERROR)


@pytest.mark.parametrize("lies", [[good], [cut, good], [cut, whole]])
def test_a_part_comes_whole_and_gets_its_name(tmp_path: Path, program: Program, lies: list[Answer]) -> None:
    """A server that knows no ranges is asked for all of it."""
    with LyingStore(*lies) as store, program:
        assert program.hear() == {"shell": True, "seals": True}
        program.tell("receive 'to' .relay-partial c0", part(store.url))
        assert program.hear() == {"part": 0, "bytes": len(BODY)}
        program.tell("begin 0", f"piece 0 0 {len(PLAIN)}", f"publish 0 {len(PLAIN)} 202001020304.05 'deep/o\\0047d'")
        program.tell("drop 0", "finish")
        assert program.hear() == {"named": 1}

    assert (tmp_path / "to" / "deep" / "o'd").read_bytes() == PLAIN
    assert (tmp_path / "to" / "deep" / "o'd").stat().st_mtime == 1577934245
    assert sorted(path.name for path in (tmp_path / "to").iterdir()) == ["deep"]


@pytest.mark.parametrize(("lie", "why"), [(other, "put there"), (gone, "curl ended with 22")])
def test_what_is_not_the_part_is_told(tmp_path: Path, lie: Answer, why: str) -> None:
    with LyingStore(lie) as store, Program(tmp_path, "sh") as program:
        program.hear()
        program.tell("sleep() { :; }", "receive 'to' .relay-partial c0", part(store.url))

        assert why in program.hear()["bad"]


def test_a_dd_that_cuts_nothing_is_told_of_at_once(tmp_path: Path) -> None:
    """Some know no bytes and count blocks: files would be put together wrongly."""
    (tmp_path / "dd").write_text("#!/bin/sh\nexec cat\n")
    (tmp_path / "dd").chmod(0o755)
    with Program(tmp_path, f"env PATH={tmp_path}:{os.environ['PATH']} sh") as program:
        assert program.hear() == {"lacks": "no dd that can be relied on"}


def test_it_writes_through_no_link(tmp_path: Path, program: Program) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "to").mkdir()
    (tmp_path / "to" / "deep").symlink_to("../elsewhere")
    with LyingStore(good) as store, program:
        program.hear()
        program.tell("receive 'to' .relay-partial c0", part(store.url))
        program.hear()
        program.tell(
            "begin 0", f"piece 0 0 {len(PLAIN)}", f"publish 0 {len(PLAIN)} 202001020304.05 'deep/file'", "finish"
        )
        assert program.hear() == {"named": 0}

    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_what_stands_in_the_way_of_its_place_is_told(tmp_path: Path, program: Program) -> None:
    (tmp_path / "to").mkdir()
    (tmp_path / "to" / ".relay-partial").symlink_to("..")
    with program:
        program.hear()
        program.tell("receive 'to' .relay-partial c0")
        assert program.hear() == {"failed": "Not a directory"}


def stored(asked: Asked, first: int) -> None:
    asked.says(200, b"")


@pytest.mark.parametrize(
    ("lies", "said"), [([stored], "bytes"), ([error_that_says_all_is_well, stored], "bytes"), ([gone], "bad")]
)
def test_a_part_is_sealed_and_stored(tmp_path: Path, program: Program, lies: list[Answer], said: str) -> None:
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "a b").write_bytes(b"x" * 7 + PLAIN)
    with LyingStore(*lies) as store, program:
        program.hear()
        program.tell("sleep() { :; }", "send 'd' 0", "look 0 'a\\0040b'", f"plain 0 0 7 {len(PLAIN)}")
        assert program.hear()["look"][0] == len(PLAIN) + 7
        assert program.hear() == {"part": 0, "plain": hashlib.sha256(PLAIN).hexdigest()}
        program.tell(f"seal 0 {SECRET} 0 7 {len(PLAIN)}")
        made = program.hear()
        assert (made["part"], made["length"]) == (0, len(PLAIN))
        program.tell(f"upload 0 '{store.url}'")
        assert said in program.hear()
        assert seal.streamed(part_key(SECRET), 0, store.stored[0]) == PLAIN
        assert hashlib.sha256(store.stored[0]).hexdigest() == made["sha"]


def test_at_its_end_it_ends_nothing_but_what_still_runs(tmp_path: Path, program: Program) -> None:
    """The number of a part's process that has ended may be that of somebody's training by then."""
    (tmp_path / "data").write_bytes(PLAIN)
    with program:
        program.hear()
        program.tell("send . 0", "look 0 data", f"plain 0 0 0 {len(PLAIN)}")
        assert program.hear()["file"] == 0
        assert program.hear() == {"part": 0, "plain": hashlib.sha256(PLAIN).hexdigest()}
        program.tell("wait $job_1", 'kill() { echo "$@" >>killed; command kill "$@"; }', "say '\"ready\": 1'")
        program.hear()

    assert len((tmp_path / "killed").read_text().split()) == 1
