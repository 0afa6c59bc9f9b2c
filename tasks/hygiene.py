"""Hygiene: what should not be on a box, or on this machine."""

from __future__ import annotations

from invoke import Collection

from ._audit import audit

ns = Collection("hygiene", audit)
