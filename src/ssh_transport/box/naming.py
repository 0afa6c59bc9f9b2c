"""
The words that name boxes become their names, each once.

A word is an alias, a glob over the aliases in the config file, ``user@host:port``, or ``@`` and the name of a group;
with ``!`` in front it takes away what it names, wherever it stands. A group is written down in the settings::

    groups:
      train: [proj-1, proj-2]
      fleet: ["@train", "eval-*", "!eval-3"]

or in the blocks of our aliases (`config_file.Block.group`); what is in both is joined. ``@all`` are all aliases of
ours, ``@failed`` those on which the last command line for several boxes failed.
"""

from __future__ import annotations

import fnmatch
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ssh_transport.errors import NoTarget, SettingsError, UsageError
from ssh_transport.openssh import config_file
from ssh_transport.openssh.resolution import SshFiles
from ssh_transport.settings import looked_in
from ssh_transport.text import did_you_mean

from . import last_failed

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from invoke import Context

ALL = "@all"
_OURS = (ALL, last_failed.WORD)
_WRITTEN = "in fabric.yaml (for inv: invoke.yaml): groups: {train: [proj-1, proj-2]}"
_ADDRESS = re.compile(r"(?:ssh://)?([\w.@-]+(?::\d+)?):?/?", re.ASCII)
# An address in brackets holds colons.
_NO_NAME = re.compile(r"[\s;|&(){}<>$]|\.\.|\[(?![^\]]*:)")
_BETWEEN = re.compile(r"[\s;|&]+")
_GROUP, _AWAY, _GLOB = "@", "!", frozenset("*?")


def named(c: Context, words: str | Sequence[str]) -> list[str]:
    """
    Return the names that words name, in order.

    :param words: with commas between, or several such texts.
    :raises NoTarget: a glob or a group names nothing, there is no such group, or all are taken away.
    :raises SettingsError: `groups` has another shape, or one of them names itself.
    :raises UsageError: a word has a blank in it, or what else no name has, is a URL, or ends as that of scp(1) for a
        path.
    """
    listed = _split(words)
    for word in listed:
        if bad := _NO_NAME.search(word):
            cause = "there is a blank in it" if bad[0].isspace() else f"there is `{bad[0]}` in it"
            raise UsageError(f"`{word}` is no name of a box", cause=cause, hint=_as_typed(word))
        pieces = re.split("[/+:]", word)
        if len(pieces) > 1 and set(pieces) <= set(config_file.aliases(SshFiles.of(c).config)):
            raise UsageError(f"`{word}` is no name of a box", hint=_several(pieces))
        if (bare := _ADDRESS.fullmatch(word)) and bare[1] != word:
            raise UsageError(f"`{word}` is no name of a box", hint=f"type ssh-transport -H {bare[1]} TASK")
    if not any(word.startswith((_GROUP, _AWAY)) or set(word) & _GLOB for word in listed):
        return list(dict.fromkeys(listed))
    found = _Names(c, SshFiles.of(c)).named(listed)
    if not found:
        hint = "all aliases: ssh-transport config.list"
        raise NoTarget(f"`{','.join(listed)}` names no box", cause="nothing is left of it", hint=hint)
    return found


def groups(c: Context, ssh: SshFiles) -> dict[str, list[str]]:
    """
    Return the words of every group by its name, without the two that are ours.

    :raises SettingsError: `groups` has another shape.
    """
    found = c.config.get("groups") or {}
    if not hasattr(found, "items"):
        raise SettingsError(f"`groups` is {found!r}, not a section", hint=_WRITTEN)
    listed = {str(name): _members(str(name), words) for name, words in found.items()}
    for alias, block in config_file.blocks(ssh.config).items():
        if block.group:
            listed.setdefault(block.group, []).append(alias)
    return listed


def group_behind(c: Context, words: str | Sequence[str], name: str) -> str:
    """Return the group of the settings that a name came from, with what it is called by; empty where it was typed."""
    if name in _split(words):
        return ""
    found = c.config.get("groups") or {}
    return next((f"{_GROUP}{one}" for one, members in found.items() if name in _members(str(one), members)), "")


def named_group(name: str) -> str:
    """
    Return a name for a group.

    :raises UsageError: it would begin another word, or is ours.
    """
    if f"{_GROUP}{name}" in _OURS or not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", name):
        raise UsageError(f"`{name}` is no name for a group", hint="use letters, digits, dots and dashes: train")
    return name


@dataclass(frozen=True)
class _Names:
    """What names boxes here, each read at first use."""

    c: Context
    ssh: SshFiles

    def named(self, words: Iterable[str], inside: tuple[str, ...] = ()) -> list[str]:
        """
        Return the names of boxes that words name.

        :param inside: the groups that the words are members of, outermost first. In a group a word may name nothing:
            boxes come and go.
        """
        chosen: dict[str, None] = {}
        away: list[str] = []
        for word in words:
            if word.startswith(_AWAY):
                away.append(word.removeprefix(_AWAY))
            else:
                chosen.update(dict.fromkeys(self._of(word, inside)))
        if away and not chosen and not inside:
            raise NoTarget("nothing is named that boxes could be taken away from", hint=f"--on '{ALL},!NAME'")
        gone = {name for word in away for name in self._away(word, chosen, inside)}
        return [name for name in chosen if name not in gone]

    def _of(self, word: str, inside: tuple[str, ...]) -> list[str]:
        if word.startswith(_GROUP):
            return self._of_group(word, inside)
        if not set(word) & _GLOB:
            return [word]
        aliases = self._aliases()
        matches = _matching(aliases, word)
        if not matches and not inside:
            cause = f"known aliases: {', '.join(aliases) or 'none'}"
            small = word.lower()
            meant = f"did you mean '{small}'?" if _matching(aliases, small) else did_you_mean(word, aliases).strip()
            raise NoTarget(f"no alias matches `{word}`", cause=cause, hint=meant)
        return matches

    def _away(self, word: str, chosen: Iterable[str], inside: tuple[str, ...]) -> list[str]:
        """Return which of the chosen are taken away; a name that nothing has may be a slip, and matter."""
        if word.startswith(_GROUP):
            return self._of_group(word, inside)
        found, aliases = _matching(chosen, word), self._aliases()
        if not found and not inside and not _matching(aliases, word):
            cause = f"known aliases: {', '.join(aliases) or 'none'}"
            meant = did_you_mean(word, aliases, before=_AWAY).strip() or "leave it out"
            raise NoTarget(f"`{_AWAY}{word}` takes nothing away", cause=cause, hint=meant)
        return found

    def _of_group(self, word: str, inside: tuple[str, ...]) -> list[str]:
        if word == last_failed.WORD:
            return last_failed.names()
        if word == ALL:
            return list(config_file.blocks(self.ssh.config))
        name = word.removeprefix(_GROUP)
        known = groups(self.c, self.ssh)
        if name not in known:
            hint = self._meant(name, known)
            where = f"; {looked_in(self.c)}" if hint == _WRITTEN else ""
            raise NoTarget(f"there is no group `{word}`", cause=f"known: {_list(known)}{where}", hint=hint)
        if name in inside:
            way = " -> ".join(f"{_GROUP}{one}" for one in (*inside[inside.index(name) :], name))
            raise SettingsError(f"the group `{word}` names itself", cause=way, hint="take it out of one of them")
        found = self.named(known[name], (*inside, name))
        if not found and not inside:
            raise NoTarget(f"the group `{word}` names no box", cause=f"it is {', '.join(known[name]) or 'empty'}")
        return found

    def _meant(self, name: str, known: Iterable[str]) -> str:
        if name in self._aliases():
            return f"an alias has no `{_GROUP}`: --on {name}"
        return did_you_mean(f"{_GROUP}{name}", [*(f"{_GROUP}{one}" for one in known), *_OURS]).strip() or _WRITTEN

    def _aliases(self) -> list[str]:
        return config_file.aliases(self.ssh.config)


def _as_typed(word: str) -> str:
    """Return how boxes are typed, where several or a connection string were typed as one word."""
    port, at = re.search(r"-[pP] ?(\d+)", word), re.search(r"(?<!\S)[\w.-]+@[\w.-]+(?!\S)", word)
    if port and at:
        return f"type USER@HOST:PORT: ssh-transport -H {at[0]}:{port[1]} TASK"
    several = _BETWEEN.sub(",", word).strip(",")
    if "," in several and re.fullmatch(r"[\w.@:,-]+", several) and "ssh" not in word.split():
        return _several(several.split(","))
    if begins := re.match(r"([\w-]+?)\d*(?:[\[{(]|\.\.)", word):
        return f"a pattern has * and ? alone, in quotes: -H '{begins[1]}*'"
    return "type USER@HOST:PORT, or the name of an alias; several have commas between"


def _several(names: Iterable[str]) -> str:
    return f"several boxes have commas between: -H {','.join(names)}"


def _members(name: str, words: Any) -> list[str]:
    """Return the words of a group of the settings."""
    if f"{_GROUP}{name}" in _OURS:
        raise SettingsError(f"a group can't be called `{name}`", cause=f"`{_GROUP}{name}` is ours", hint="rename it")
    if not isinstance(words, str) and not (
        hasattr(words, "__iter__") and not hasattr(words, "items") and all(isinstance(word, str) for word in words)
    ):
        raise SettingsError(f"`groups.{name}` is {words!r}, not a list of names", hint=f"{name}: [proj-1, proj-2]")
    listed = _split(words)
    if spaced := next((word for word in listed if re.search(r"\s", word)), ""):
        cause = "several boxes have commas between"
        hint = f"{name}: [{', '.join(spaced.split())}]"
        raise SettingsError(f"`{spaced}` in `groups.{name}` is no name of a box", cause=cause, hint=hint)
    return listed


def _split(words: str | Iterable[str]) -> list[str]:
    text = words if isinstance(words, str) else ",".join(words)
    return [word.strip() for word in text.split(",") if word.strip()]


def _list(known: Iterable[str]) -> str:
    return ", ".join((*(f"{_GROUP}{name}" for name in known), *_OURS))


def _matching(names: Iterable[str], pattern: str) -> list[str]:
    # A bracket is one around an address, and starts no set of characters.
    return [name for name in names if fnmatch.fnmatchcase(name, pattern.replace("[", "[[]"))]
