"""Tasks for scripts, processes and the audit of boxes."""

from __future__ import annotations

from invoke import Collection

from ._audit import audit
from ._leave import leave
from ._line_ends import crlf, gitattributes
from ._lint import lint
from ._processes import relaunch, stop

ns = Collection("hygiene", crlf, gitattributes, lint, stop, relaunch, audit, leave)
