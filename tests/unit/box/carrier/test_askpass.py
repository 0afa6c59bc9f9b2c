"""What is answered to `ssh`, and to whom."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from ssh_transport.box.carrier.askpass import Answers, Askpass
from ssh_transport.terminal import prompt
from tests.support.processes import until

if TYPE_CHECKING:
    from pathlib import Path

TYPED = {"password": "p4ss", "passphrase": "phr4se"}
BOX = "root@box"


@pytest.fixture
def person(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Somebody at a terminal, who answers every question with ``typed``; the questions."""
    asked: list[str] = []
    monkeypatch.setattr(prompt, "has_terminal", lambda: True)

    def answer(question: str, *, hidden: bool) -> str:
        asked.append(question)
        return f"typed {hidden}"

    monkeypatch.setattr(prompt, "answer", answer)
    return asked


@pytest.mark.parametrize("question", ["root@box's password: ", "(root@box) Password: ", "(root@box) 密码:"])
def test_a_typed_password_goes_to_the_box_and_once(question: str) -> None:
    answers = Answers(BOX, TYPED, asks=True)

    assert answers.answer("", question) == "p4ss"
    assert answers.answer("", question) is None
    assert answers.declined == question


@pytest.mark.parametrize(
    "question",
    [
        "root@jump's password: ",
        "(me@jump) Password for root@box's password: ",
        "(root@box) Verification code: ",
        "root@box2's password: ",
    ],
)
def test_nobody_else_gets_the_password(question: str) -> None:
    """A jump may ask for anything; `ssh` itself begins each question with who asks."""
    assert Answers(BOX, TYPED, asks=False).answer("", question) is None


def test_a_passphrase_unlocks_a_key() -> None:
    assert Answers(BOX, TYPED, asks=False).answer("", "Enter passphrase for key '/k': ") == "phr4se"
    assert Answers(BOX, {"password": "p4ss"}, asks=False).answer("", "Enter passphrase for key '/k': ") is None


def test_a_second_factor_is_asked_for_at_the_terminal(person: list[str]) -> None:
    answers = Answers(BOX, {}, asks=True)
    assert answers.answer("", "(root@box) Password: ") is None

    answers.has_passed = lambda: True
    assert answers.answer("", "(root@box) Password: \x1b[2J") == "typed True"
    assert answers.answer("", "(me@jump) Code: ") == "typed True"
    assert person == ["(root@box) Password: \\x1b[2J", "(me@jump) Code: "]


def test_whether_a_jump_is_trusted_is_the_persons_word(person: list[str]) -> None:
    question = "The authenticity of host 'jump' can't be established.\nContinue (yes/no)? "
    assert Answers(BOX, TYPED, asks=True).answer("", question) == "typed False"
    assert person == [question]


def asked(environment: dict[str, str], question: str) -> tuple[int, str]:
    done = subprocess.run(
        [environment["SSH_ASKPASS"], question],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout


def test_the_answer_comes_back_over_a_private_socket(tmp_path: Path) -> None:
    askpass = Askpass(str(tmp_path), Answers(BOX, TYPED, asks=False))
    try:
        assert asked(dict(askpass.environment), "root@box's password: ") == (0, "p4ss\n")
        assert asked(dict(askpass.environment), "root@box's password: ") == (1, "")
        assert "p4ss" not in "".join(file.read_text() for file in tmp_path.iterdir() if file.is_file())
    finally:
        askpass.close()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells who the peer is")
def test_a_program_that_is_not_ours_gets_no_answer(tmp_path: Path) -> None:
    askpass = Askpass(str(tmp_path), Answers(BOX, TYPED, asks=False))
    # Its parent ends, so that it descends from us no more.
    stranger = """
import json, os, socket, sys, time
while os.getppid() == int(sys.argv[3]):
    time.sleep(0.01)
with socket.socket(socket.AF_UNIX) as us:
    us.connect(sys.argv[1])
    try:
        us.sendall(json.dumps({"kind": "", "prompt": "root@box's password: "}).encode() + b"\\n")
        got = us.recv(100)
    except ConnectionError:
        got = b""
    open(sys.argv[2], "wb").write(b"got " + got)
"""
    said = tmp_path / "said"
    code = 'python=$1 code=$2; shift 2; "$python" -c "$code" "$@" $$ &'
    words = [sys.executable, stranger, askpass.environment["SSH_TRANSPORT_ASK"], str(said)]
    try:
        subprocess.run(["sh", "-c", code, "sh", *words], check=True, start_new_session=True)
        until(lambda: said.exists() and bool(said.read_bytes()))
        assert said.read_bytes() == b"got "
    finally:
        askpass.close()


def test_nonsense_gets_no_answer_and_ends_nothing(tmp_path: Path) -> None:
    askpass = Askpass(str(tmp_path), Answers(BOX, TYPED, asks=False))
    try:
        for nonsense in (b"\n", b"[]\n", b"\xff" * 100_000, json.dumps({"kind": 1}).encode() + b"\n"):
            with socket.socket(socket.AF_UNIX) as us:
                us.connect(askpass.environment["SSH_TRANSPORT_ASK"])
                with contextlib.suppress(ConnectionError):
                    us.sendall(nonsense)
                    us.shutdown(socket.SHUT_WR)
                    assert us.recv(100) == b""
        assert asked(dict(askpass.environment), "root@box's password: ") == (0, "p4ss\n")
    finally:
        askpass.close()
