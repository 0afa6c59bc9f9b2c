"""
Coverage-guided fuzzing of what a hostile box can send into a striped link, with atheris.

``python -m benchmarks.fuzz_frames [--seconds N] [--corpus DIR] [TARGET...]`` runs each target for so long: ``decoder``,
which makes frames of bytes, and ``near``, our whole end (in the place of `ssh` are pipes whose other end does what the
fuzzer says). A finding is any other end than a result or a `ProtocolError`, memory beyond what was agreed, and a
descriptor left open. The exit code is 1 if there is one.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import re
import subprocess
import sys
import tempfile
import venv
from dataclasses import dataclass
from pathlib import Path

from benchmarks.world import show, tell
from ssh_transport.link.stripe import frame

TARGETS = ("decoder", "near")
_TOP = Path(__file__).parent.parent
_INSTALL_S, _SPARE_S = 300, 120
_SEEDS = {
    "decoder": (
        b"\x07" + b"Welcome!\n" + frame.GREETING + frame.ack(3, 2) + frame.head(frame.DATA, 0, 5) + b"bytes",
        b"\x06"
        + frame.head(frame.ERROR, 1, 2)
        + b"no"
        + frame.head(frame.EOF, 2, 0)
        + frame.head(frame.EXIT, 3, 1)
        + b"7",
        b"\x01" + frame.GREETING + frame.head(frame.PING, 0, 0) + frame.head(frame.FAIL, 0, 4) + b"gone",
    ),
    "near": (),
}


@dataclass(frozen=True)
class Outcome:
    """What one target came to: what the fuzzer says at last, and the finding, if there is one."""

    log: str
    finding: str

    def number(self, pattern: str) -> str:
        found: list[str] = re.findall(pattern, self.log)
        return found[-1] if found else ""


def main() -> int:
    """Print a row for each target, and each finding with the input that leads to it."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fuzz_frames", description="Fuzz the striped link.")
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=f"of {', '.join(TARGETS)}; all without")
    parser.add_argument("--seconds", type=int, default=60, help="for each target (60)")
    parser.add_argument("--corpus", type=Path, help="directory of what was learned; a later run goes on from there")
    flags = parser.parse_args()
    if unknown := set(flags.targets) - set(TARGETS):
        parser.error(f"no target {', '.join(unknown)}")
    with tempfile.TemporaryDirectory(prefix="ssh-transport-bench-") as name:
        place = Path(name)
        python = _python(place)
        corpus = (flags.corpus or place).absolute()
        outcomes = {target: _fuzzed(python, target, flags.seconds, corpus) for target in flags.targets or TARGETS}
    rows = [
        (
            target,
            outcome.number(r"number_of_executed_units: (\d+)"),
            outcome.number(r"average_exec_per_sec: *(\d+)"),
            outcome.number(r" cov: (\d+)"),
            outcome.number(r" ft: (\d+)"),
            outcome.number(r"peak_rss_mb: *(\d+)"),
            int(bool(outcome.finding)),
        )
        for target, outcome in outcomes.items()
    ]
    headings = ("target", "executions", "per second", "edges", "features", "peak MB", "findings")
    show(f"Fuzzed for {flags.seconds} s each", headings, rows)
    findings = [f"{target}: {outcome.finding}" for target, outcome in outcomes.items() if outcome.finding]
    print("\n".join(findings))
    return int(bool(findings))


def _python(place: Path) -> Path:
    """Return a Python that has atheris: ours, or one in an environment that is made for it."""
    if importlib.util.find_spec("atheris"):
        return Path(sys.executable)
    tell("installing atheris into a temporary environment")
    python = place / "venv/bin/python"
    try:
        venv.create(place / "venv", with_pip=True)
        argv = [str(python), "-m", "pip", "--quiet", "--disable-pip-version-check", "install", "atheris"]
        subprocess.run(argv, capture_output=True, text=True, timeout=_INSTALL_S, check=True)
    except subprocess.SubprocessError as exc:
        hint = f"{sys.executable} -m pip install atheris"
        raise SystemExit(f"{getattr(exc, 'stderr', exc)}\natheris could not be installed; try: {hint}") from exc
    return python


def _fuzzed(python: Path, target: str, seconds: int, corpus: Path) -> Outcome:
    tell(f"fuzzing {target} for {seconds} s")
    kept, report = corpus / target, corpus / f"{target}.finding"
    kept.mkdir(parents=True, exist_ok=True)
    report.unlink(missing_ok=True)
    for number, seed in enumerate(_SEEDS[target]):
        (kept / f"seed-{number}").write_bytes(seed)
    done = subprocess.run(
        [python, "-m", "benchmarks.fuzz_targets", target, str(seconds), kept, report],
        cwd=_TOP,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(map(str, (_TOP / "src", _TOP)))},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        timeout=seconds + _SPARE_S,
        check=False,
    )
    if done.returncode == 0:
        return Outcome(done.stderr, "")
    # Out of memory or time, it can't say more than the fuzzer does.
    return Outcome(done.stderr, report.read_text() if report.exists() else done.stderr[-2000:])


if __name__ == "__main__":
    sys.exit(main())
