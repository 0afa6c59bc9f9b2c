"""
How long anything of a copy lives on, here and on the box, when it is ended in each of its phases.

By Ctrl-C, by a polite kill, and by SIGKILL. *Stays* is more than --longest seconds. In the phases marked with a star
the box's program takes no notice of anything by itself: SIGKILL leaves it there, as it would be behind any `ssh`. Exit
code 1 if Ctrl-C or TERM took longer than two seconds here, or anything is left here by any.

    python -m benchmarks.ends [--only sftp] [--longest 8]
"""

from __future__ import annotations

import argparse
import math
import signal

from benchmarks.world import show, tell
from tests.support.ends import PHASES, Ended, NeverCame, Phase, ended

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGKILL)
SOON_S = 2


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default="", help="the phases whose line has this in it")
    parser.add_argument("--longest", type=float, default=8, help="seconds after which something stays")
    given = parser.parse_args()
    rows, late = [], []
    for phase in (phase for phase in PHASES if given.only in f"{phase.way} {phase.name}"):
        try:
            seen = {number: ended(phase, number, given.longest) for number in SIGNALS}
        except NeverCame as exc:
            tell(f"never came: {exc}")
            continue
        late += [f"{phase.way}: {phase.name}: {number.name}" for number, one in seen.items() if is_late(number, one)]
        rows.append(row(phase, seen))
        tell("  ".join(rows[-1]) + "  " + "; ".join(word for one in seen.values() for word in one.left))
    columns = [f"{number.name} {where}" for number in SIGNALS for where in ("here", "there")]
    show("seconds until all is gone", ("way", "phase", *columns), rows)
    for line in late:
        tell(f"late: {line}")
    return 1 if late else 0


def is_late(number: signal.Signals, seen: Ended) -> bool:
    return seen.here_s > (SOON_S if number != signal.SIGKILL else math.inf) or math.isinf(seen.here_s)


def row(phase: Phase, seen: dict[signal.Signals, Ended]) -> list[str]:
    times = [time_s for one in seen.values() for time_s in (one.here_s, one.there_s)]
    name = f"{phase.name} *" if phase.waits_there else phase.name
    return [phase.way, name, *("stays" if math.isinf(time_s) else f"{time_s:.1f}" for time_s in times)]


if __name__ == "__main__":
    raise SystemExit(main())
