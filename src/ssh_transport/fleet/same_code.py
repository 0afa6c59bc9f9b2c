"""Whether all boxes run the same code: that of one push of a git checkout, unchanged since."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from ssh_transport.code.there import standing
from ssh_transport.errors import Different
from ssh_transport.request.paths import remote_path
from ssh_transport.text import one_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ssh_transport.box import Box
    from ssh_transport.code.there import Standing

_SHORT, _NAMED = 12, 3


def code_on(box: Box, directory: str) -> Standing:
    """
    Return how the code in a directory of a box stands.

    :raises NoSuchPath: no push of a checkout went there.
    """
    return standing(box, remote_path(directory))


def described(found: Standing) -> str:
    """Return the commit, and the beginning of the hash of all that was sent."""
    return f"{found.code.described} {one_line(found.code.sha256)[:_SHORT]}"


def elsewhere(places: Mapping[str, str], asked: str) -> Iterator[str]:
    """
    Yield a sentence for each directory in which code was found and that is not the one that was named.

    :param places: the directory of each box, by its name.
    """
    named = remote_path(asked).removeprefix("./").rstrip("/") if asked else ""
    found: dict[str, list[str]] = {}
    for name, place in places.items():
        found.setdefault(place.rstrip("/"), []).append(name)
    for place, names in found.items():
        if place != named:
            more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
            who = f"{', '.join(names[:_NAMED])}{more}"
            yield f"what was sent to {one_line(named)} is at {one_line(place)}: {who}"


def faults(codes: Mapping[str, tuple[str, tuple[str, ...]]]) -> dict[str, Different]:
    """
    Return what is wrong with boxes that do not run the code of most for certain, by name.

    :param codes: the hash of what was sent to each, and why what is there may be another.
    """
    if not codes:
        return {}
    usual, _ = Counter(sha256 for sha256, _ in codes.values()).most_common(1)[0]
    example = next(name for name, (sha256, _) in codes.items() if sha256 == usual)
    said = {
        name: [*why, *([f"other code than {example}"] if sha256 != usual else [])]
        for name, (sha256, why) in codes.items()
    }
    return {
        name: Different(
            "it does not run the same code for certain",
            box=name,
            cause="\n".join(why),
            hint="transfer.push --git --delete brings it there; what was changed on the box, move away before",
        )
        for name, why in said.items()
        if why
    }
