"""What goes to the boxes, read once for all of them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ssh_transport.code.listing import Listing, listing_here
from ssh_transport.code.sent import Code
from ssh_transport.code.there import PLACE
from ssh_transport.errors import UsageError
from ssh_transport.git.checkout import checkout
from ssh_transport.leftovers import LEFT_OUT
from ssh_transport.request.landing import own_name
from ssh_transport.request.patterns import Excluded
from ssh_transport.terminal.report import say
from ssh_transport.text import count, one_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ssh_transport.request.options import Options

_NAMED = 5


@dataclass(frozen=True)
class Tree:
    """
    A local directory and what of it is sent.

    :param own_name: what the directory is called at the target, and in patterns; empty where its contents are sent.
    """

    directory: str
    own_name: str
    excluded: Excluded
    listing: Listing
    code: Code

    def sends(self, name: str) -> bool:
        """Whether neither a pattern nor one of our own names leaves it out, or a directory above it."""
        return _is_sent(name, self.excluded, self.own_name)

    def read_again(self) -> Listing:
        """Return the same names as they are now; what was not written to is not read."""
        return listing_here(self.directory, [line.name for line in self.listing.lines], self.listing)


def tree_of_checkout(path: str, options: Options) -> Tree:
    """
    Read what git would send of a local directory; say which code it is, and what a person would miss.

    :param path: as `push_request` reads it.
    :raises UsageError: it is no directory in a work tree, or an option does not go with it.
    :raises ToolMissing: git is not installed.
    :raises LocalFileError: a file can't be read.
    """
    directory = path.rstrip("/") or "/"
    _check(directory, options)
    found, excluded, own = checkout(directory), Excluded(options.exclude), own_name(path)
    listing = listing_here(directory, [name for name in found.names if _is_sent(name, excluded, own)])
    if not listing.lines:
        raise UsageError(f"nothing is left of what git would send of `{one_line(directory)}`", hint="exclude less")
    tree = Tree(directory, own, excluded, listing, Code.of(found, listing))
    for told in found.told:
        say(f"warning: {told}")
    if pointers := listing.pointers:
        number, names = count(len(pointers), "file"), named(pointers)
        say(f"warning: {number} of git LFS sent as pointers, without their content (git lfs pull): {names}")
    say(str(tree.code))
    return tree


def named(names: Sequence[str]) -> str:
    """Return the first names, and how many more there are."""
    more = f" and {len(names) - _NAMED:,} more" if len(names) > _NAMED else ""
    return ", ".join(map(one_line, names[:_NAMED])) + more


def _check(directory: str, options: Options) -> None:
    if options.fix_crlf:
        hint = "ssh-transport hygiene.crlf --fix; so that it lasts: ssh-transport hygiene.gitattributes"
        raise UsageError("--git sends what is in the work tree, and --fix-crlf other bytes", hint=hint)
    if options.copy_links:
        raise UsageError("--git sends links as links, and --copy-links what they lead to", hint="leave one out")
    if not Path(directory).is_dir():
        raise UsageError(f"`{one_line(directory)}` is no directory, which --git wants", hint="leave out --git")


def _is_sent(name: str, excluded: Excluded, own: str) -> bool:
    parts = name.split("/")
    if not LEFT_OUT.isdisjoint(parts) or PLACE in parts:
        return False
    whole = [*([own] if own else []), *parts]
    if any(excluded("/".join(whole[:deep]), is_directory=True) for deep in range(1, len(whole))):
        return False
    return not excluded("/".join(whole), is_directory=False)
