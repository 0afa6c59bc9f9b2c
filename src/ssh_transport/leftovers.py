"""The names of the directories that hold unfinished files; no copy and no comparison includes them."""

from __future__ import annotations

RSYNC_PARTIAL_DIRECTORY = ".rsync-partial"
SFTP_PARTIAL_DIRECTORY = ".sftp-partial"
# Of a watch: files that are whole, but have not got their final names yet.
STAGING_DIRECTORY = ".watch-partial"
# Of a spread: files of which pieces are still missing.
SPREAD_PARTIAL_DIRECTORY = ".spread-partial"
# Of a copy by way of a relay: files of which parts are there.
RELAY_DIRECTORY = ".relay-partial"
# No engine copies what another left, nor links of these names in a hostile tree.
LEFT_OUT = frozenset(
    {
        RSYNC_PARTIAL_DIRECTORY,
        SFTP_PARTIAL_DIRECTORY,
        STAGING_DIRECTORY,
        SPREAD_PARTIAL_DIRECTORY,
        RELAY_DIRECTORY,
    }
)
# What the name of the directory in a box's home begins with, in which a spread keeps its plan.
SPREAD_STATE_PREFIX = ".ssh-transport-spread-"
# What the name of a small file begins with until all of it is there.
PUT_PREFIX = ".put-"
# Of a directory in which a file system is tried.
PROBE_PREFIX = ".ssh-transport-probe-"
