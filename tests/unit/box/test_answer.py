"""What a session says in place of an answer is told as what it is, and tried again only where that may help."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Self

import pytest

from ssh_transport.box.answer import Answer
from ssh_transport.errors import EndpointTooWeak, LinkLost, LoginRefused, TaskError

if TYPE_CHECKING:
    from collections.abc import Iterator


class Said:
    """A session that has ended."""

    def __init__(self, code: int, stdout: bytes, stderr: str) -> None:
        self._code, self._stdout, self.stderr = code, stdout, stderr

    def pieces(self, _tick_s: float) -> Iterator[bytes]:
        yield self._stdout

    def wait(self) -> int:
        return self._code

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing is left to end."""


def fault(code: int, stdout: bytes, stderr: str) -> TaskError:
    box: Any = SimpleNamespace(
        name="proj-1",
        last_words="",
        is_connected=True,
        resolved=SimpleNamespace(host="203.0.113.7"),
        kept=lambda _: SimpleNamespace(have_run=False),
    )
    session: Any = Said(code, stdout, stderr)
    with pytest.raises(TaskError) as caught:
        list(Answer(box, session, silence_s=9).after("marker"))
    return caught.value


@pytest.mark.parametrize(
    ("code", "stdout", "stderr", "error"),
    [
        (255, b"", "exec request failed on channel 0", EndpointTooWeak),
        (255, b"", "PTY allocation request failed on channel 0\nshell request failed on channel 0", EndpointTooWeak),
        (255, b"", "Your account has expired\nConnection closed by 203.0.113.7 port 22", LoginRefused),
        (255, b"", "mux_client_request_session: session request failed: x", EndpointTooWeak),
        (1, b"This account is currently not available.\n", "", EndpointTooWeak),
        (1, b"This service allows sftp connections only.\n", "", EndpointTooWeak),
        (142, b'Please login as the user "ubuntu" rather than the user "root".\n', "", LoginRefused),
        (0, b"Error: Your SSH client doesn't support PTY\n", "", EndpointTooWeak),
        (255, b"", "Connection to 203.0.113.7 closed by remote host.", LinkLost),
        (255, b"", "/root/.bashrc: line 3: rsync: command not found\nclient_loop: send disconnect: x", LinkLost),
        (255, b"marker\n", "Permission denied (publickey).", LinkLost),
    ],
)
def test_what_comes_in_place_of_an_answer(code: int, stdout: bytes, stderr: str, error: type[TaskError]) -> None:
    assert type(fault(code, stdout, stderr)) is error


def test_the_user_that_an_image_wants_is_named_with_the_address() -> None:
    said = fault(142, b'Please login as the user "ubuntu" rather than the user "root".\n', "")

    assert said.hint == "set it in the alias: ssh-transport config.update proj-1 ubuntu@203.0.113.7"
