"""
What a terminal costs: the same copies to a box that runs commands, and to one that gives nothing but a terminal.

That it gives no more is known, as it is of RunPod's proxy; to find out takes a few round trips. By turns, over a path
without loss; the table has the median of the seconds that the task itself tells, and the terminal's speed as a part of
the other's.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
from typing import TYPE_CHECKING

from benchmarks.bad_path import FAR_ADDRESS, PathSpec, inside
from benchmarks.far_box import ALIAS, SSHD_CONFIG, USER, far_box
from tests.support.terminals import terminal_only

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from benchmarks.far_box import FarBox

AT_TERMINAL = "box-2"
PROFILE = """\
display_name = "Proxies"
console = "None."
first_login = "key"

[[endpoints]]
name = "proxied"
capabilities = ["terminal"]

[directories]
home = "~"
scratch = "~"

[secrets]
allow = ["~"]
"""
LONGEST_S = 300


def main() -> None:
    reads = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    reads.add_argument("--path", default="1000/100/0", help="MBIT/RTT_MS/LOSS_PERCENT")
    reads.add_argument("--mb", type=int, default=30, help="how much is copied")
    reads.add_argument("--runs", type=int, default=3)
    reads.add_argument("--streams", default="1", help="over how many connections, or auto")
    given = reads.parse_args()
    with far_box(PathSpec.parse(given.path)) as world:
        with inside(world.path.far):
            server = terminal_only(world.box.parent.parent / "terminal", extra=SSHD_CONFIG)
        with server:
            table(world, lead(world, server.port), server.home, given)


def lead(world: FarBox, port: int) -> Sequence[str]:
    """Let the person in at the terminal, and return both aliases."""
    string = f"ssh -p {port} {USER}@{FAR_ADDRESS}"
    authorized = world.sshd.home.parent.parent / "terminal" / "home" / ".ssh" / "authorized_keys"
    authorized.write_bytes((world.box / ".ssh" / "authorized_keys").read_bytes())
    own = world.person.home / ".config" / "ssh-transport" / "profiles"
    own.mkdir(parents=True)
    (own / "proxies.toml").write_text(PROFILE)
    with inside(world.path.near):
        for words in (("config.add", AT_TERMINAL, string, "--profile=proxies"), ("keys.check", "--on", AT_TERMINAL)):
            said = world.person.types("inv", *words)
            if said.exit_code:
                raise SystemExit(said.stderr)
    return ALIAS, AT_TERMINAL


def table(world: FarBox, aliases: Sequence[str], terminal_home: Path, given: argparse.Namespace) -> None:
    size, runs = given.mb * 10**6, given.runs
    for home in (world.box, terminal_home):
        (home / "data").write_bytes(os.urandom(size))
    (world.here / "data").write_bytes(os.urandom(size))
    print(
        f"{size / 1e6:.0f} MB over {world.path.spec}, streams: {given.streams}, {runs} runs by turns, median in s (all)"
    )
    for task in ("transfer.pull", "transfer.push"):
        seconds: dict[str, list[float]] = {alias: [] for alias in aliases}
        for number in range(runs):
            for alias in aliases:
                seconds[alias].append(copied(world, alias, task, str(number), given.streams))
        plain, typed = (statistics.median(seconds[alias]) for alias in aliases)
        listed = "; ".join(", ".join(f"{each:.1f}" for each in sorted(seconds[alias])) for alias in aliases)
        print(f"{task:14} ssh {plain:6.2f}  terminal {typed:6.2f}  {plain / typed:5.0%}  ({listed})", flush=True)


def copied(world: FarBox, alias: str, task: str, to: str, streams: str) -> float:
    """Copy to where nothing is yet, and return the seconds that it took."""
    words = [f"{alias}", task, "--path=data", f"--to={alias}-{to}/", f"--streams={streams}", "--engine=rsync", "--json"]
    ended = world.run(world.person.argv("fab", "-H", *words), LONGEST_S)
    if ended.exit_code:
        raise SystemExit(ended.output)
    document = ended.output[ended.output.index("{") :]
    return float(json.JSONDecoder().raw_decode(document)[0]["tasks"][-1]["boxes"][alias]["result"]["seconds"])


if __name__ == "__main__":
    main()
