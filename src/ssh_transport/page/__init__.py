"""Pages for a browser: one file each, that fetches nothing."""

from __future__ import annotations

from .audit import audit_page
from .boxes import boxes_page
from .receipts import receipts_page
from .write import place, write

__all__ = ["audit_page", "boxes_page", "place", "receipts_page", "write"]
