"""Lines on standard error are told apart by the words of the C library and of OpenSSH."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from ssh_transport import errors
from ssh_transport.errors.symptoms import error_of, meaning


class Case(NamedTuple):
    stderr: str
    box: type[errors.TaskError] | None
    link: type[errors.TaskError] | None = None


@pytest.mark.parametrize(
    "case",
    [
        Case('rsync: [receiver] write failed on "/d/x": No space left on device (28)', errors.NoSpace),
        Case("cp: error writing 'x': Disk quota exceeded", errors.NoSpace),
        Case("sh: 3: cannot create x: Read-only file system", errors.ReadOnly),
        Case('rsync: [sender] send_files failed to open "/x": Permission denied (13)', errors.PermissionRefused),
        Case("chmod: changing permissions of 'x': Operation not permitted", errors.PermissionRefused),
        Case('rsync: [sender] link_stat "/x" failed: No such file or directory (2)', errors.NoSuchPath),
        Case("sh: 1: cd: can't cd to x: Not a directory", errors.NoSuchPath),
        Case("mkstemp: Permission denied (13)\nwrite: No space left on device (28)", errors.NoSpace),
        Case(
            "root@web: Permission denied (publickey,keyboard-interactive).",
            errors.PermissionRefused,
            errors.LoginRefused,
        ),
        Case("Received disconnect: 2: Too many authentication failures", None, errors.LoginRefused),
        Case(
            "@@@@\n@ WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED! @\nPermission denied (publickey).",
            errors.PermissionRefused,
            errors.HostKeyChanged,
        ),
        Case("Host key verification failed.", None, errors.HostKeyChanged),
        Case("ssh: Could not resolve hostname web: Name or service not known", None, errors.NameNotFound),
        Case("ssh: connect to host web port 22: Connection refused", None, errors.Refused),
        Case("client_loop: send disconnect: Broken pipe", None, errors.LinkLost),
        Case("", None),
    ],
    ids=lambda case: case.stderr[-30:] or "nothing",
)
def test_a_symptom_means_an_error(case: Case) -> None:
    """Disk and login are told apart, and what retrying can cure from what stays."""
    found = meaning(case.stderr)

    assert error_of(case.stderr) == case.box
    assert (found and found.symptom.error) == case.link
