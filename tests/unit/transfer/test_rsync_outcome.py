"""What a failed rsync means follows from rsync's own words, not from a login script's."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from ssh_transport.errors import Incomplete, LoginRefused, NoSpace, NoSuchPath, PermissionRefused, ToolMissing
from ssh_transport.link.persist import Dropped
from ssh_transport.transfer.rsync import outcome

REQUEST: Any = SimpleNamespace(
    source=SimpleNamespace(name="proj-1", path="/ckpt", is_here=False),
    target=SimpleNamespace(name="", path="ckpt", is_here=True),
)
NOISE = [
    "/root/.bashrc: line 7: conda: command not found",
    "bash: /etc/profile.d/cuda.sh: No such file or directory",
    "touch: cannot touch '/root/.cache/x': Permission denied",
    "history: cannot create temp file: No space left on device",
]
SOME = "rsync error: some files/attrs were not transferred (see previous errors) (code 23) at main.c(1394)"


@pytest.mark.parametrize("noise", ["", *NOISE])
@pytest.mark.parametrize(
    ("code", "said", "expected"),
    [
        (12, "rsync: connection unexpectedly closed (9 bytes received so far) [receiver]", Dropped),
        (255, "Connection reset by 203.0.113.7 port 22\nrsync error: unexplained error (code 255)", Dropped),
        (255, "me@203.0.113.7: Permission denied (publickey).", LoginRefused),
        (23, f'rsync: [sender] send_files failed to open "/a": Permission denied (13)\n{SOME}', PermissionRefused),
        (23, f'rsync: [sender] link_stat "/a" failed: No such file or directory (2)\n{SOME}', NoSuchPath),
        (23, f'rsync: [receiver] mkstemp "/a" failed: File name too long (36)\n{SOME}', Incomplete),
        (11, 'rsync: [receiver] write failed on "/a": No space left on device (28)', NoSpace),
        (127, "env: 'rsync': No such file or directory", ToolMissing),
        (12, "bash: line 1: rsync: command not found", ToolMissing),
        (12, "zsh:1: command not found: rsync", ToolMissing),
        (12, "sh: 1: rsync: not found", ToolMissing),
    ],
)
def test_noise_of_a_login_does_not_choose_the_class(noise: str, code: int, said: str, expected: type) -> None:
    error = outcome.failure("proj-1", REQUEST, "ckpt", code, f"{noise}\n{said}".strip())

    assert type(error) is expected
