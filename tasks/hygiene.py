"""Hygiene: scripts that run there, processes that really stop, boxes left clean."""

from __future__ import annotations

from invoke import Collection

from ._audit import audit
from ._leave import leave
from ._lint import lint

ns = Collection("hygiene", lint, audit, leave)
