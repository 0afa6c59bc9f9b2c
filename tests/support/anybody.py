"""
Runs a program as an ordinary user, started by root: `python -m tests.support.anybody PROGRAM...`.

The user is made up, and known in a mount namespace of the program alone. There the checkout and its Python can be read,
whatever directory of root's they are in, and `/dev/fuse` may be opened, as on any distribution.
"""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

_CHECKOUT = Path(__file__).parents[2]
_UID = 61234
_NAME = "anybody"
_APART = "ANYBODY_IS_APART"


def _run(*words: str | Path) -> None:
    subprocess.run(words, check=True)


def _open_up(places: list[Path], scratch: Path) -> None:
    """Put a directory that others may pass in the place of each that they may not, with `places` in it."""
    kept = {}
    for number, place in enumerate(places):
        kept[place] = scratch / str(number)
        kept[place].mkdir()
        _run("mount", "--rbind", place, kept[place])
    for place, hold in kept.items():
        shut = next((above for above in reversed(place.parents) if not above.stat().st_mode & stat.S_IXOTH), None)
        if shut is not None:
            _run("mount", "-t", "tmpfs", "-o", "mode=755", "none", shut)
        if not place.exists():
            place.mkdir(parents=True)
            _run("mount", "--rbind", hold, place)


def _known_as(scratch: Path) -> Path:
    """Make the user known; return the home."""
    home = scratch / "home"
    home.mkdir()
    os.chown(home, _UID, _UID)
    for file, line in (("passwd", f"{_NAME}:x:{_UID}:{_UID}::{home}:/bin/sh"), ("group", f"{_NAME}:x:{_UID}:")):
        (scratch / file).write_text(f"{Path('/etc', file).read_text().rstrip()}\n{line}\n")
        (scratch / file).chmod(0o644)
        _run("mount", "--bind", scratch / file, f"/etc/{file}")
    return home


def _main(*program: str) -> int:
    if _APART not in os.environ:
        again = ["unshare", "--mount", sys.executable, "-m", "tests.support.anybody", *program]
        return subprocess.run(again, env=os.environ | {_APART: "yes"}, check=False).returncode
    del os.environ[_APART]
    scratch = Path(tempfile.mkdtemp(prefix="anybody-"))
    try:
        scratch.chmod(0o755)
        _run("mount", "-t", "tmpfs", "-o", "mode=755,dev", "none", scratch)
        if Path("/dev/fuse").exists():
            os.mknod(scratch / "fuse", stat.S_IFCHR, Path("/dev/fuse").stat().st_rdev)
            (scratch / "fuse").chmod(0o666)
            _run("mount", "--bind", scratch / "fuse", "/dev/fuse")
        home = _known_as(scratch)
        _open_up([_CHECKOUT, Path(sys.base_prefix)], scratch)
        words = ["setpriv", f"--reuid={_UID}", f"--regid={_UID}", "--clear-groups", "--bounding-set=-all"]
        own = {"HOME": str(home), "USER": _NAME, "LOGNAME": _NAME, "PYTEST_ADDOPTS": f"-o cache_dir={home}/cache"}
        # The checkout is not this user's.
        own["HYPOTHESIS_STORAGE_DIRECTORY"] = f"{home}/examples"
        return subprocess.run([*words, *program], cwd=_CHECKOUT, env=os.environ | own, check=False).returncode
    finally:
        _run("umount", "--lazy", scratch)
        shutil.rmtree(scratch)


if __name__ == "__main__":
    sys.exit(_main(*sys.argv[1:]))
