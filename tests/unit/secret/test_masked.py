"""The script that runs a command with a secret, in every shell and awk: what it shows, passes on and leaves running."""

from __future__ import annotations

import base64
import json
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path
from urllib.parse import quote

import pytest

from ssh_transport.secret.destination import Destination
from ssh_transport.secret.service_scripts import COMMAND
from tests.unit.secret.test_stanza import AWKS

SHELLS = [
    shell
    for shell in (["dash"], ["bash", "--posix"], ["busybox", "ash"], ["ksh"], ["zsh", "--emulate", "sh"])
    if shutil.which(shell[0])
] or [["sh"]]
AWS = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
KAGGLE = "0123456789abcdef0123456789abcdef"
ODD = 'pa"ss\\w0rd/secret+X'
FILE = (
    f"[default]\r\naws_access_key_id = AKIA1234567890ABCDEF\r\naws_secret_access_key={AWS}\r\n"
    f'{{"username": "me", "key": "{KAGGLE}"}}\n{ODD}\n'
)


def begun(
    command: str, content: str = "abc\n", variable: str = "", *, shell: list[str], awk: list[str]
) -> subprocess.Popen[str]:
    home = Path.home()
    tools = home / "bin"
    tools.mkdir(parents=True)
    (tools / "awk").write_text(f'#!/bin/sh\nexec {" ".join([shutil.which(awk[0]) or awk[0], *awk[1:]])} "$@"\n')
    (tools / "awk").chmod(0o755)
    (home / "key").write_bytes(content.encode())
    words = [*Destination("mine", "file", "~/key").arguments, "t0ken", variable, "", command]
    environment = {"HOME": str(home), "PATH": f"{tools}:{os.environ['PATH']}"}
    return subprocess.Popen(
        [*shell, "-c", COMMAND, "sh", *words], env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


def said(process: subprocess.Popen[str]) -> str:
    """Read to its end; our end of its standard input is open until then."""
    assert process.stdout is not None
    with process:
        return process.stdout.read()


@pytest.mark.parametrize("awk", AWKS, ids=[awk[0] for awk in AWKS])
@pytest.mark.parametrize("value", [AWS, KAGGLE, ODD, "AKIA1234567890ABCDEF"])
def test_each_value_of_a_file_is_masked_in_every_form(value: str, awk: list[str]) -> None:
    forms = [
        value,
        f"<{value}|{value}>",
        json.dumps({"it": value}),
        quote(value, safe=""),
        quote(value),
        base64.b64encode(value.encode()).decode(),
        base64.urlsafe_b64encode(value.encode()).decode(),
    ]
    forms += [base64.b64encode(f"{user}:{value}".encode()).decode() for user in ("u", "us", "use")]
    (Path.home() / "said").parent.mkdir(parents=True, exist_ok=True)
    (Path.home() / "said").write_text("".join(f"{form}\n" for form in forms))

    shown = said(begun("cat ~/said; exit 3", FILE, shell=SHELLS[0], awk=awk))

    lines = shown.splitlines()
    assert shown.endswith("\nt0ken 3\n")
    assert lines[:3] == ["********", "<********|********>", '{"it": "********"}']
    assert lines[3:7] == ["********"] * 4
    for line, form in zip(lines[7:10], forms[7:], strict=True):
        # What stands beside the value shares a group of four with its ends.
        kept = "".join(line.split("********"))
        assert len(kept) <= 12 < len(form)


@pytest.mark.parametrize("shell", SHELLS, ids=[shell[0] for shell in SHELLS])
@pytest.mark.parametrize(
    "variable", ["command", "path", "kind", "program", "entry", "variable", "tool", "token", "limit", "work", "target"]
)
def test_the_value_is_passed_on_by_any_name_and_never_run(variable: str, shell: list[str]) -> None:
    value = "touch ~/PWNED; echo c4n4ry"
    command = f'printf %s "${variable}" | cmp - ~/key && ! ps -ef | grep "c4n4[r]y"'

    shown = said(begun(command, value, variable, shell=shell, awk=AWKS[0]))

    assert shown.endswith("t0ken 0\n"), shown
    assert not (Path.home() / "PWNED").exists()


@pytest.mark.parametrize("shell", SHELLS, ids=[shell[0] for shell in SHELLS])
def test_what_a_command_leaves_running_holds_nothing_up_and_ends(shell: list[str]) -> None:
    begun_s = time.monotonic()

    shown = said(begun("sleep 300 & echo $! >~/pid; exit 4", shell=shell, awk=AWKS[0]))

    assert shown.endswith("t0ken 4\n")
    assert time.monotonic() - begun_s < 10
    assert_gone(int((Path.home() / "pid").read_text()))


def test_what_left_the_group_of_a_command_holds_nothing_up() -> None:
    shown = said(begun("setsid sh -c 'echo $$ >~/pid; sleep 30' & sleep 1; exit 4", shell=SHELLS[0], awk=AWKS[0]))

    assert shown.endswith("t0ken 4\n")
    os.kill(int((Path.home() / "pid").read_text()), signal.SIGKILL)


@pytest.mark.parametrize("shell", SHELLS, ids=[shell[0] for shell in SHELLS])
def test_a_command_ends_with_the_link(shell: list[str]) -> None:
    """Whatever it does about signals."""
    process = begun("trap '' TERM HUP; sh -c 'echo $$ >~/pid; sleep 300; sleep 300'", shell=shell, awk=AWKS[0])
    pid = Path.home() / "pid"
    deadline_s = time.monotonic() + 10
    while not (pid.exists() and pid.read_text()):
        assert time.monotonic() < deadline_s
        time.sleep(0.05)

    assert process.stdin is not None
    process.stdin.close()

    assert_gone(int(pid.read_text()))
    said(process)


def assert_gone(pid: int) -> None:
    deadline_s = time.monotonic() + 10
    while True:
        try:
            os.kill(pid, signal.SIG_DFL)
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][:1]
        except (ProcessLookupError, FileNotFoundError):
            return
        if state == "Z":
            return
        assert time.monotonic() < deadline_s, "it lives on"
        time.sleep(0.05)
