"""
Permissions that count, also for tests that root runs: without two capabilities, root may what the owner may.

The user stays root, who has a shell and a home everywhere, which `nobody` has not; for the kernel the bits of a file
decide, as for anybody else.
"""

from __future__ import annotations

import os
import shlex
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.support.sshd import Sshd

_WITHOUT = "--bounding-set=-dac_override,-dac_read_search"


# What starts programs without what an ordinary user's programs never have.
UNDER = ("setpriv", _WITHOUT) if os.geteuid() == 0 else ()


def make_ordinary(box: Sshd) -> None:
    """Let permissions count for the commands and the SFTP server of a box."""
    forced = box.home.parent / "forced_command"
    first, rest = forced.read_text().split("\n", 1)
    drop = f'[ "$IS_ORDINARY" ] || IS_ORDINARY=1 exec {shlex.join(UNDER)} "$0"\n' if UNDER else ""
    forced.write_text(f"{first}\n{drop}{rest}")
