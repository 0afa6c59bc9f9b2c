"""The page of receipts: what came when from where, whether it is still so, and what takes how much."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, Any

from ssh_transport.manifest.comparison import KINDS
from ssh_transport.manifest.receipt import of_tree

from . import plot as plots
from .render import render
from .treemap import treemap

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ssh_transport.manifest.recheck import Recheck, Rechecks

_WIDTH, _HEIGHT = 600, 260
_LABELLED = (54, 22)  # what is smaller has no room for a name
_CHAR = 7.2
_NAMES_SHOWN, _NAMED = 200, 8


def receipts_page(found: Mapping[str, Rechecks]) -> str:
    """
    Return the page.

    :param found: the receipts that were checked, by box; this machine's by an empty name.
    """
    checked = [_one(box, one) for box, rechecks in found.items() for one in rechecks.receipts]
    faults = [fault for rechecks in found.values() for fault in rechecks.faults]
    return render("receipts", receipts=checked, faults=faults)


def _one(box: str, checked: Recheck) -> dict[str, Any]:
    receipt, found = checked.receipt, checked.comparison
    return {
        "name": posixpath.basename(of_tree(checked.path, receipt)) or receipt.target,
        "box": box,
        "receipt": receipt,
        "path": checked.path,
        "holds": checked.holds,
        "found": found,
        "differences": [
            (KINDS[kind], names.count, names.names[:_NAMES_SHOWN])
            for kind, names in found.differences.items()
            if names.count
        ],
        "tiles": _tiles(checked),
        "largest": checked.shares[:_NAMED],
        "map": (_WIDTH, _HEIGHT),
        "plot": plots.plot(receipt.pace),
        "plot_size": (plots.WIDTH, plots.HEIGHT),
    }


def _tiles(checked: Recheck) -> list[dict[str, Any]]:
    shares = checked.shares
    tiles = []
    for place in treemap([share.bytes for share in shares], _WIDTH, _HEIGHT):
        name = shares[place.index].name
        room = int(place.width / _CHAR) - 1
        fits = place.width >= _LABELLED[0] and place.height >= _LABELLED[1]
        short = name if len(name) <= room else f"{name[: room - 1]}…"
        tiles.append({"place": place, "share": shares[place.index], "label": short if fits else ""})
    return tiles
