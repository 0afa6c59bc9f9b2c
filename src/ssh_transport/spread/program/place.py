"""What is made of pieces before they move and after: cut, begun, made whole. Runs on a box's Python 3.6."""

import concurrent.futures
import contextlib
import errno
import glob
import hashlib
import json
import os
import shutil
import stat
import zlib
from typing import Any, Dict, Iterator

from .pieces import Files, Have, files_of

_THREADS = 4


def cut(order: Dict[str, Any]) -> Dict[str, Any]:
    """Return the files among the names that are regular and not empty, and the digest of each piece."""
    follow = order["follow"]
    files = []
    for name in order["names"]:
        try:
            found = (os.stat if follow else os.lstat)(os.path.join(order["root"], name).encode("latin-1"))
        except OSError:
            continue
        if stat.S_ISREG(found.st_mode) and found.st_size:
            files.append([name, found.st_size, found.st_mtime_ns, stat.S_IMODE(found.st_mode)])
    made = dict(order, files=files, spool="", renamed="", digests="")
    whole = Files(made)
    with concurrent.futures.ThreadPoolExecutor(min(4, os.cpu_count() or 1)) as pool:
        digests = pool.map(lambda piece: hashlib.sha256(whole.read(piece)).hexdigest(), range(whole.count))
        return {"files": files, "digests": "".join(digests)}


def place(order: Dict[str, Any]) -> Dict[str, Any]:
    """Make the state and the spool; return where the state is, and which pieces are missing."""
    plan = dict(order["plan"])
    for key in ("root", "spool"):
        plan[key] = plan[key] and os.path.join(os.getcwdb().decode("latin-1"), plan[key])
    # What an earlier run left may still write down the numbers of its pieces: of another plan, that is another place.
    number = hashlib.sha256(json.dumps(plan, sort_keys=True).encode()).hexdigest()[:8]
    ours = os.path.join(os.path.expanduser("~"), order["prefix"])
    for earlier in glob.glob(glob.escape(ours) + "*"):
        shutil.rmtree(earlier, ignore_errors=True)
    state = ours + number
    os.mkdir(state, 0o700)
    files = Files(plan)
    for name, data in (("plan", zlib.compress(json.dumps(plan).encode())), ("program.py", order["program"].encode())):
        with open(os.path.join(state, name), "wb") as file:
            file.write(data)
    if files.spool:
        around = os.path.dirname(files.spool)
        os.makedirs(around, exist_ok=True)
        # What a copy would replace by a directory.
        if around != files.root.rstrip(b"/") and os.path.islink(around):
            raise OSError(errno.ENOTDIR, os.strerror(errno.ENOTDIR))
        with contextlib.suppress(FileExistsError):
            os.mkdir(files.spool, 0o700)
        if not stat.S_ISDIR(os.lstat(files.spool).st_mode):
            raise OSError(errno.ENOTDIR, os.strerror(errno.ENOTDIR))
    here = sorted(_here(files)) if files.spool else list(range(files.count))
    have = Have(state)
    have.add(here)
    return {"state": state, "missing": sorted(set(range(files.count)) - set(here))}


def _here(files: Files) -> Iterator[int]:
    there = [files.is_there(index) for index in range(len(files.files))]
    begun = [not is_there and os.path.lexists(files.part(index)) for index, is_there in enumerate(there)]
    for index, is_there in enumerate(there):
        if is_there:
            with contextlib.suppress(OSError):
                os.unlink(files.part(index))
    for piece in range(files.count):
        indexes = [index for index, _, _ in files.parts(piece)]
        if all(there[index] for index in indexes):
            yield piece
        elif all(there[index] or begun[index] for index in indexes):
            with contextlib.suppress(OSError):
                if files.is_good(piece, files.read(piece)):
                    yield piece


def land(state: str) -> Dict[str, Any]:
    """Give every file that is whole its final name; return how many are not."""
    files, here = files_of(state), Have(state).look()
    left = 0
    for index, (_, _, mtime_ns, mode) in enumerate(files.files):
        if files.is_there(index):
            continue
        if not all(piece in here for piece in files.pieces(index)) or not _is_reachable(files, index):
            left += 1
            continue
        part = files.part(index)
        os.chmod(part, mode & 0o777)
        os.utime(part, ns=(mtime_ns, mtime_ns))
        os.rename(part, files.final(index))
    with contextlib.suppress(OSError):
        os.rmdir(files.spool)
    return {"left": left}


def _is_reachable(files: Files, index: int) -> bool:
    """Make the directories above a file; return whether no link is among them, and no directory in its place."""
    path = files.root
    *above, _ = os.path.relpath(files.final(index), path).split(b"/")
    for name in above:
        path = os.path.join(path, name)
        with contextlib.suppress(FileExistsError):
            os.mkdir(path)
        if not stat.S_ISDIR(os.lstat(path).st_mode):
            return False
    return not os.path.isdir(files.final(index)) or os.path.islink(files.final(index))
