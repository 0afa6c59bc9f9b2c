"""What may stand at a place of a command line, each with a word about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssh_transport.box import last_failed, naming
from ssh_transport.errors import TaskError
from ssh_transport.openssh import config_file
from ssh_transport.openssh.resolution import SshFiles
from ssh_transport.platforms.profiles import all_profiles
from ssh_transport.terminal import whole_line
from ssh_transport.terminal.typed_line import SWITCHES, VALUED

from . import remote
from .place import name_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from invoke import Collection, Context

    from .place import Place

    Values = Iterator[tuple[str, str]]

# Arguments that mean the same in every task that has them.
_ENGINES = {"auto": "rsync where both ends have it", "rsync": "", "sftp": ""}
_KEEPALIVES = {"long": "outlives hours of silence", "bounded": "gives up after 3 unanswered"}
# The end of a copy that is on a box, where its words do not name one.
_THERE = {
    "path": (
        "transfer.pull",
        "transfer.pull-each",
        "transfer.get",
        "transfer.watch",
        "transfer.verify",
        "hygiene.crlf",
    ),
    "to": ("transfer.push", "transfer.push-each", "transfer.put", "secrets.push"),
}
# Here a box may be named in the word: BOX:PATH.
_WITH_BOX = {
    "path": ("transfer.pull", "transfer.pull-each", "transfer.get", "transfer.watch", "transfer.verify"),
    "to": ("transfer.push", "transfer.push-each", "transfer.put", "transfer.copy"),
    "from": ("transfer.copy",),
}
_ONLY_OURS = frozenset({"config.update", "config.remove"})


def values(place: Place, collection: Collection, c: Context) -> Values:
    """
    Yield what may stand at a place, some of which need not begin with what is typed.

    Nothing where it is a file on this machine, or where only the person knows.
    """
    if place.argument is None:
        yield from _flags(place) if place.word.startswith("-") else _tasks(collection)
        return
    name = name_of(place.argument)
    if place.context.name is None and name == "help":
        yield from _tasks(collection)
    elif name in {"on", "hosts"}:
        yield from _boxes(place.word, c)
    elif maker := _OF.get((place.task, name)) or _OF.get(("", name)):
        yield from maker(place, c)
    elif place.task in _THERE.get(name, ()) or place.task in _WITH_BOX.get(name, ()):
        yield from _paths(place, name, c)


def _tasks(collection: Collection) -> Values:
    for name in sorted(collection.task_names):
        yield name, _first_line(collection[name].__doc__)


def _flags(place: Place) -> Values:
    for name, argument in place.context.flags.items():
        is_taken = name_of(argument) in place.given and argument.kind is not list
        if name.startswith("--") and not is_taken:
            # A value that may be left out must be in the same word.
            yield f"{name}=" if argument.takes_value and not argument.optional else name, argument.help or ""
    for name in place.context.inverse_flags:
        yield name, ""
    for name in (one for one in (*SWITCHES, *VALUED) if one not in place.context.flags):
        yield f"{name}=" if name in VALUED else name, whole_line.about(name)


def _boxes(word: str, c: Context) -> Values:
    """Yield boxes and groups for the last of several words with commas between."""
    before, comma, last = word.rpartition(",")
    kept = f"{before}{comma}" + ("!" if last.startswith("!") else "")
    ssh = SshFiles.of(c)
    named = set(before.split(","))
    for alias, about in _aliases(ssh):
        if alias not in named:
            yield f"{kept}{alias}", about
    try:
        groups = naming.groups(c, ssh)
    except TaskError:
        groups = {}
    for group, members in groups.items():
        yield f"{kept}@{group}", ", ".join(members)
    yield f"{kept}{naming.ALL}", "all aliases of ours"
    yield f"{kept}{last_failed.WORD}", "where the last command line for several failed"


def _aliases(ssh: SshFiles, *, only_ours: bool = False) -> Values:
    blocks = config_file.blocks(ssh.config)
    for alias in config_file.aliases(ssh.config):
        block = blocks.get(alias)
        if block or not only_ours:
            yield alias, block.platform if block else ""


def _paths(place: Place, name: str, c: Context) -> Values:
    """Yield paths on the box that the word names, or that the line names; or the boxes that it could name."""
    box, colon, path = place.word.partition(":")
    named = place.given.get("on") or place.given.get("hosts") or ""
    takes_box = place.task in _WITH_BOX.get(name, ()) and not named
    if takes_box and colon and "/" not in box:
        for one in remote.paths(c, box, path):
            yield f"{box}:{one}", ""
    elif takes_box:
        for alias, about in _aliases(SshFiles.of(c)):
            yield f"{alias}:", about
    elif named and "," not in named and place.task in _THERE.get(name, ()):
        for one in remote.paths(c, named, place.word):
            yield one, ""


def _profiles() -> Values:
    for slug, profile in all_profiles().items():
        yield slug, profile.display_name


def _listings() -> Values:
    from ssh_transport.facts.instances import listings

    for name, (profile, _) in listings().items():
        yield name, profile.display_name


def _problems() -> Values:
    for profile in all_profiles().values():
        for problem in profile.known_problems:
            yield problem.id, problem.symptom
    yield from _profiles()


def _secrets() -> Values:
    from ssh_transport.secret.known import all_known

    for name in all_known():
        yield name, ""


def _fixed(these: Mapping[str, str]) -> Callable[[Place, Context], Values]:
    return lambda _, __: iter(these.items())


def _made(make: Callable[[], Values]) -> Callable[[Place, Context], Values]:
    return lambda _, __: make()


_OF: Mapping[tuple[str, str], Callable[[Place, Context], Values]] = {
    ("", "alias"): lambda place, c: _aliases(SshFiles.of(c), only_ours=place.task in _ONLY_OURS),
    ("", "group"): lambda _, c: ((name, ", ".join(of)) for name, of in naming.groups(c, SshFiles.of(c)).items()),
    ("", "profile"): _made(_profiles),
    ("config.profiles", "name"): _made(_profiles),
    ("config.sync", "platform"): _made(_listings),
    ("", "problem"): _made(_problems),
    ("", "engine"): _fixed(_ENGINES),
    ("config.add", "keepalive"): _fixed(_KEEPALIVES),
    **{(f"secrets.{task}", "name"): _made(_secrets) for task in ("push", "verify", "env", "forget")},
}


def _first_line(text: str | None) -> str:
    return next(iter((text or "").strip().splitlines()), "")
