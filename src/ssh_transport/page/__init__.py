"""Pages for a browser: one file each, that fetches nothing."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from .write import place, write

if TYPE_CHECKING:
    from .receipts import receipts_page
    from .render import audit_page, boxes_page

__all__ = ["audit_page", "boxes_page", "place", "receipts_page", "write"]
# Most tasks that can write one write none.
_LATER = {"audit_page": "render", "boxes_page": "render", "receipts_page": "receipts"}


def __getattr__(name: str) -> Any:
    if name not in _LATER:
        raise AttributeError(name)
    return getattr(importlib.import_module(f".{_LATER[name]}", __name__), name)
