"""Two boxes and a person, between whom the copies of many cases go at once."""

from __future__ import annotations

import contextlib
import io
import os
import re
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import fabric
from invoke import Context
from invoke.config import Config

from ssh_transport.errors import TaskError
from ssh_transport.text import one_line
from tasks import transfer
from tests.support.person import Person
from tests.support.two_boxes import TwoBoxes

from .grown import described, grow

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .case import Case
    from .grown import Seen

PLAIN = "plain"
ENGINES = ("rsync", "sftp")
BEHIND_TARGET = "real target"
OUTSIDE = {"file": "of nobody", "directory/inner": "of nobody"}
_OPTIONS = ("delete", "copy_links", "inplace", "atomic")
_MOST_WORDS = 400
_MOST_NAMES = 10_000
_UNSET = ("SSH_AUTH_SOCK", "XDG_CACHE_HOME", "XDG_CONFIG_HOME")


@dataclass(frozen=True)
class Run:
    """
    What a copy left at the target, and how it ended: `error` is empty if well, `words` is all that was said of it.

    `is_untouched` means that the target is as it was, and `again` is what a second copy did, empty if nothing.
    """

    tree: dict[str, Seen]
    error: str = ""
    words: str = ""
    is_untouched: bool = False
    again: str = ""


class Stage:
    """Where cases are played; several threads may, at the same time."""

    def __init__(self, place: Path) -> None:
        self._place = place

    def play(self, case: Case, who: str, *, twice: bool = True) -> Run:
        """Copy with `who`, which is `PLAIN` or one of `ENGINES`, and a second time, plain only in a dry run."""
        with tempfile.TemporaryDirectory(dir=self._place) as name:
            place = Path(name)
            source, target = _laid_out(place, case)

            def look() -> dict[str, Seen]:
                return described(place / "far", place / "near" / "outside")

            before = look()
            if who == PLAIN:
                error, words, _ = _plain(case, source, target)
                after = look()
                again = _announced(_plain(case, source, target, "--dry-run")[2]) if twice else ""
                return Run(after, error, words, is_untouched=before == after, again=again)
            first = _ours(case, who, source, target)
            after = look()
            again = ""
            if twice:
                second = _ours(case, who, source, target)
                again = _did(second, first) or _changed(after, look())
            return Run(after, *first[1:], is_untouched=before == after, again=again)


@contextlib.contextmanager
def stage() -> Iterator[Stage]:
    """Set it up, with the environment of this process as the person's; what tasks print is dropped."""
    with tempfile.TemporaryDirectory(prefix="ssh-transport-same-") as name:
        place = Path(name)
        (place / "cases").mkdir()
        person = Person(place / "you")
        with TwoBoxes(person, place) as two, _environment(person), _quiet():
            two.joins()
            yield Stage(place / "cases")


@contextlib.contextmanager
def _environment(person: Person) -> Iterator[None]:
    before = dict(os.environ)
    os.environ["HOME"] = str(person.home)
    for name in _UNSET:
        os.environ.pop(name, None)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    with contextlib.redirect_stderr(io.StringIO()), contextlib.redirect_stdout(io.StringIO()):
        yield


def _laid_out(place: Path, case: Case) -> tuple[str, str]:
    """Make both trees below `place`; return how the source and the target are named."""
    near, far, outside = place / "near", place / "far", place / "near" / "outside"
    for inner, content in OUTSIDE.items():
        (outside / inner).parent.mkdir(parents=True, exist_ok=True)
        (outside / inner).write_text(content)
        os.utime(outside / inner, (1_400_000_000, 1_400_000_000))
    os.utime(outside / "directory", (1_400_000_000, 1_400_000_000))
    far.mkdir()
    grow(_behind(near / case.name, "real source", linked=case.through_link), case.source, outside)
    if case.target is not None:
        grow(_behind(far / case.place, BEHIND_TARGET, linked=case.target_link), case.target, outside)
    return f"{near / case.name}{'/' * case.contents}", f"{far / case.place}{'/' * case.target_slash}"


def _behind(path: Path, name: str, *, linked: bool) -> Path:
    """Return the path, or where it leads if it is to be a link."""
    if not linked:
        return path
    path.symlink_to(name)
    return path.with_name(name)


def _plain(case: Case, source: str, target: str, *more: str) -> tuple[str, str, str]:
    """
    Copy from here to here with the options that correspond to ours.

    Return the kind of its error, what it said of it, and what it did, item by item.

    Ours makes what is missing of a target. That a directory's copy gets another name where it would hold nothing, and
    there is no target, is a thing that rsync does for files.
    """
    words = ["--delay-updates" if flag == "--atomic" else flag for flag in case.flags()]
    links = [] if case.copy_links else ["--links"]
    lands_below = case.source[""].kind == "d" and not (case.through_link and not case.copy_links)
    if case.target is None and lands_below:
        target = f"{target.rstrip('/')}/"
    done = subprocess.run(
        [
            "rsync",
            "--recursive",
            *links,
            "--perms",
            "--times",
            "--mkpath",
            "--itemize-changes",
            *words,
            *more,
            source,
            target,
        ],
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
        env=os.environ | {"LC_ALL": "C"},
    )
    return f"code {done.returncode}" if done.returncode else "", _without_places(done.stderr), done.stdout


def _announced(items: str) -> str:
    """Return what `_did` returns, for a dry run of plain rsync."""
    starts = {"files": ">f", "links": "cL", "deletions": "*deleting"}
    return ", ".join(name for name, start in starts.items() if f"\n{start}" in f"\n{items}")


def _ours(case: Case, engine: str, source: str, target: str) -> tuple[Any, str, str]:
    """Copy with one of our engines; return what the task did, the kind of its error, and its words."""
    how = {name: getattr(case, name) for name in _OPTIONS} | {"exclude": case.exclude, "engine": engine, "attempts": 2}
    # What is compared is what is deleted, not what looks like a mistake.
    how |= {"max_delete": _MOST_NAMES} if case.delete else {}
    settings = {"transfer": {"resume_over_bytes": case.large_bytes}}
    try:
        if case.task == "copy":
            c = Context(Config(overrides=settings))
            ends = {"from_": f"proj-1:{source}", "to": f"proj-2:{target}"}
            return transfer.copy(c, **ends, verify=False, **how), "", ""
        connection = fabric.Connection("proj-1", config=fabric.Config(overrides=settings))
        task = transfer.pull if case.task == "pull" else transfer.push
        return task(connection, path=source, to=target, **how), "", ""
    except TaskError as error:
        return None, _kind_of(error), _without_places(str(error))
    except Exception as error:  # noqa: BLE001 - a defect is a finding too
        return None, f"defect {type(error).__name__}", repr(error)


def _without_places(words: str) -> str:
    return re.sub(r"/\S*/(?=near/|far/)", "", words)[:_MOST_WORDS]


def _kind_of(error: TaskError) -> str:
    """Return what is the same of all errors of a kind: no name, no number."""
    reason = error.cause.partition("\n")[0].rpartition(": ")[2]
    text = f"{error.what} ({reason})" if reason else error.what
    text = re.sub(r"`.*`", "`...`", re.sub(r"\d+", "N", text), flags=re.DOTALL)
    return f"{type(error).__name__}: {text}"


def _did(second: tuple[Any, str, str], first: tuple[Any, str, str]) -> str:
    """Return what a second copy did that it should not have."""
    transfer_, error, _ = second
    if error:
        return "" if error == first[1] else f"ends with {error}"
    counts = {name: getattr(transfer_, name) for name in ("files", "links", "deletions")}
    return ", ".join(f"{name}" for name, count in counts.items() if count)


def _changed(before: dict[str, Seen], after: dict[str, Seen]) -> str:
    names = sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))
    return f"changes {len(names)}: {one_line(names[0])}" if names else ""
