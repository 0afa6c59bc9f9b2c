"""The real sftp-server, with a C library in which reading a directory fails."""

from __future__ import annotations

import subprocess
from pathlib import Path

from tests.support.sshd import SFTP_SERVER_PLACES, _find

SEEN = "cut_seen"


def under_a_failing_readdir(directory: Path, name: str, after: int) -> list[str]:
    """
    Return the words of OpenSSH's own sftp-server, for which reading a directory fails with EIO.

    :param directory: where the library is compiled to, and `SEEN` appears when a listing was cut.
    :param name: of the directories that can't be read to their end.
    :param after: how many entries come before, the two dots counted.
    """
    library = directory / "cut_readdir.so"
    source = Path(__file__).with_name("cut_readdir.c")
    subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o", library, source, "-ldl"], check=True, timeout=60)
    seen = f"CUT_SEEN={directory / SEEN}"
    settings = (f"LD_PRELOAD={library}", f"CUT_DIRECTORY={name}", f"CUT_AFTER={after}")
    return ["env", seen, *settings, _find("sftp-server", SFTP_SERVER_PLACES)]
