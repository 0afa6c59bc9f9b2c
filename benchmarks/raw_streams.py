"""
What several `ssh` carry together: the yardstick of the striped link. The same command runs in each, its output is
thrown away, and all end as soon as they have brought so many bytes.

    python benchmarks/raw_streams.py --streams 8 --megabytes 200 ssh box 'while cat file; do :; done'
"""

from __future__ import annotations

import argparse
import contextlib
import os
import selectors
import subprocess
import sys
import time

CHUNK_BYTES = 1 << 20
# A stock sshd begins to refuse at ten connections that have not logged in yet.
LOGINS_AT_ONCE = 8
STAGGER_S = 0.1


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--streams", type=int, default=8)
    parser.add_argument("--megabytes", type=float, default=200)
    parser.add_argument("command", nargs=argparse.REMAINDER)
    args = parser.parse_args()
    with contextlib.ExitStack() as stack:
        selector = stack.enter_context(selectors.DefaultSelector())
        for number in range(args.streams):
            if number >= LOGINS_AT_ONCE:
                time.sleep(STAGGER_S)
            process = stack.enter_context(
                subprocess.Popen(args.command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
            )
            stack.callback(process.kill)
            if process.stdout:
                selector.register(process.stdout, selectors.EVENT_READ)
        missing = args.megabytes * 1e6
        while missing > 0:
            for key, _ in selector.select():
                if not (got := os.read(key.fd, CHUNK_BYTES)):
                    return 1
                missing -= len(got)
    return 0


if __name__ == "__main__":
    sys.exit(main())
