"""What our engines left at the target that plain rsync did not, or the other way round."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ssh_transport.leftovers import LEFT_OUT
from ssh_transport.text import one_line

from .case import NOUNS
from .grown import topmost
from .stage import BEHIND_TARGET, ENGINES, PLAIN

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from .case import Case
    from .grown import Seen
    from .stage import Run, Stage

AGAIN = "a second run is not idle"
# Told before anything is changed, where plain rsync has made a directory already.
_REFUSALS = ("NoSuchPath", "UsageError: `...` is no directory")


@dataclass(frozen=True)
class Difference:
    """One engine against plain rsync: `kind` is the same for all of a kind, `detail` tells of this one."""

    engine: str
    kind: str
    detail: str

    @property
    def key(self) -> tuple[str, str]:
        return self.engine, self.kind

    def __str__(self) -> str:
        return f"{self.engine}: {self.kind}: {one_line(self.detail)}"


def differences(stage: Stage, case: Case, engines: Sequence[str] = ENGINES, *, twice: bool = True) -> list[Difference]:
    """Play a case, and return all that is not the same."""
    plain = stage.play(case, PLAIN, twice=twice)
    found: list[Difference] = []
    for engine in engines:
        ours = stage.play(case, engine, twice=twice)
        if plain.error and ours.error:
            found += (Difference(engine, *one) for one in _of_failures(case, plain, ours))
        else:
            found += (Difference(engine, *one) for one in _of_runs(case, plain, ours))
        # What plain rsync announces of a second run and then does not do is announced by ours too.
        if ours.again and not (engine == "rsync" and ours.again == plain.again):
            found.append(Difference(engine, AGAIN, ours.again))
    return found


def _of_runs(case: Case, plain: Run, ours: Run) -> Iterator[tuple[str, str]]:
    """Yield what counts where one or both do well; what is not there after an error need not be listed."""
    if ours.error.startswith(_REFUSALS) and ours.is_untouched and plain.is_untouched:
        # Plain rsync looks at its target only if its patterns leave something to copy.
        return
    if plain.error or ours.error:
        yield f"ends with {ours.error or 'no error'}, plain with {plain.error or 'none'}", _said(plain, ours)
    if not ours.error:
        yield from _unequal(case, plain, ours)


def _of_failures(case: Case, plain: Run, ours: Run) -> Iterator[tuple[str, str]]:
    """
    Yield what counts where both fail.

    Ours may see at once that it can't be, and change nothing. It may delete less, and keep its partial directories.
    With ``--atomic`` it need not have published anything.
    """
    if ours.is_untouched:
        # What plain rsync deleted before it failed is no loss that ours did not.
        is_only_less = plain.tree.keys() <= _standing(case) | {case.place}
        if not (plain.is_untouched or is_only_less or ours.error.startswith(_REFUSALS)):
            yield f"does nothing where plain does a part: {ours.error}", _said(plain, ours)
        return
    before = _standing(case)
    for kind, name in _unequal(case, plain, ours):
        is_kept = name in before and name not in plain.tree
        is_lost = name in before and name not in ours.tree
        # What had to make way stays where something else can't be read: ours deletes nothing then.
        is_in_the_way = name in before and kind.startswith("has a directory in place of a")
        is_left = name.rpartition("/")[2] in LEFT_OUT
        if is_lost or not (is_kept or is_in_the_way or is_left or case.atomic):
            yield f"{kind} where both fail", f"{name}: {_said(plain, ours)}"


def _said(plain: Run, ours: Run) -> str:
    return f"ours: {ours.words.strip()}; plain: {plain.words.strip()}"


def _unequal(case: Case, plain: Run, ours: Run) -> Iterator[tuple[str, str]]:
    """Yield how the two trees differ, and the name that does."""
    before = _standing(case)
    theirs, made = _filled(case, plain.tree), _filled(case, ours.tree)
    unlike = {name for name in theirs.keys() | made.keys() if theirs.get(name) != made.get(name)}
    shape = {name for name in unlike if _kind(theirs, name) != _kind(made, name)}
    for name in sorted(topmost(shape)):
        stood = "that stood there" if name in before else "that is new"
        yield _shape(_kind(theirs, name), _kind(made, name), stood), name
    holders = {name.rpartition("/")[0] for name in shape}
    for name in sorted(unlike - shape):
        if what := _unlike(theirs[name], made[name], is_touched=name in holders):
            yield what, name


def _filled(case: Case, tree: Mapping[str, Seen]) -> Mapping[str, Seen]:
    """Return the tree without a target that was made for nothing: whether one is depends on how rsync is called."""
    top = tree.get(case.place)
    is_bare = top is None or (top.kind == "d" and not top.mtime_s)
    if case.target is not None or not is_bare or any(name.startswith(f"{case.place}/") for name in tree):
        return tree
    return {name: seen for name, seen in tree.items() if not f"{case.place}/".startswith(f"{name}/")}


def _standing(case: Case) -> set[str]:
    top = BEHIND_TARGET if case.target_link else case.place
    return {f"{top}/{name}".removesuffix("/") for name in case.target or ()}


def _kind(tree: Mapping[str, Seen], name: str) -> str:
    return NOUNS[tree[name].kind] if name in tree else ""


def _shape(plain: str, ours: str, stood: str) -> str:
    if not ours:
        return f"lacks a {plain} {stood}"
    return f"has a {ours} in place of a {plain}" if plain else f"has a {ours} too many {stood}"


def _unlike(plain: Seen, ours: Seen, *, is_touched: bool) -> str:
    """Return in what two things of the same kind differ; a time counts where rsync sets one."""
    noun = NOUNS[plain.kind]
    if plain.content != ours.content:
        return "a link leads elsewhere" if noun == "link" else "a file has other bytes"
    if plain.mode != ours.mode:
        return f"a {noun} has other permissions"
    if plain.mtime_s and plain.mtime_s != ours.mtime_s and not is_touched:
        return f"a {noun} has another time"
    return ""
