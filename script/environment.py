"""
Make .venv anew: the pinned packages, and this project as it lies here. Needs Python 3.11 and nothing else.

`script/bootstrap` calls it. The environment is made without pip, since Debian's and Ubuntu's Python have none to put
into it; `script/pip_source.py` says where one comes from. The pins then bring their own.
"""

from __future__ import annotations

import os
import platform
import re
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from pip_source import NoPip, pip_from_somewhere

REQUIREMENTS = Path("requirements.txt")
PLACE = Path(".venv")
PYTHON = PLACE / "bin" / "python"
LOG = PLACE / "bootstrap.log"
EACH = 10
HINT_FOR_PIP = "give this Python a pip (Debian, Ubuntu: sudo apt-get install python3-venv), or name your package index"
# Who runs this may have set Python and pip up for something else, but knows how packages are reached.
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")} | {
    "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    "PIP_NO_COLOR": "1",
    "PIP_NO_INPUT": "1",
    "PIP_PROGRESS_BAR": "off",
}


class Progress:
    """How far it is: on a terminal in one line that changes, else in a line now and then."""

    def __init__(self, total: int) -> None:
        self._total = total
        self._begun = 0

    def follow(self, line: str) -> None:
        """Read one line of pip's."""
        if line.startswith(("Collecting ", "Processing ")):
            self._begun += 1
            # A requirement, or the path of a wheel, whose name says much more.
            name = "-".join(Path(line.split()[1]).name.split("-")[:2])
            self._show(f"{self._begun} of {self._total}: {name}", begun=self._begun)
        elif line.startswith("Installing collected packages"):
            self._show(f"installing {self._total} packages", begun=0)

    def _show(self, text: str, *, begun: int) -> None:
        if sys.stderr.isatty():
            print(f"\r\033[K{text}", end="", file=sys.stderr, flush=True)
        elif begun % EACH == 0:
            print(text, file=sys.stderr, flush=True)

    def end(self) -> None:
        """Leave the line free."""
        if sys.stderr.isatty():
            print("\r\033[K", end="", file=sys.stderr, flush=True)


def run(words: list[str], progress: Progress | None = None) -> None:
    """
    Run pip, and keep all it says in the log.

    :raises SystemExit: it failed.
    """
    with (
        LOG.open("a", encoding="utf-8") as log,
        subprocess.Popen(
            words,
            env=ENVIRONMENT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
        ) as process,
    ):
        for line in process.stdout or ():
            log.write(line)
            if progress:
                progress.follow(line)
    if progress:
        progress.end()
    if process.returncode != 0:
        why = causes(LOG.read_text(encoding="utf-8"))
        fail("the packages could not be installed", why, f"pip's words are in {LOG}")


def causes(said: str) -> list[str]:
    """
    Return what pip gave as reasons, each once.

    Where the network fails, it warns of that, and its error only says that no version was found. Where a package can't
    be built, what its builder said is indented, and pip's own errors are single words.
    """
    broken = re.findall(r"after connection broken by '(?:\w+\('<.*?>: )?(.*?)(?:'\))?': \S+$", said, re.MULTILINE)
    errors = re.findall(r"^ *(?:ERROR|error|\w+Error): (.*\S \S.*)$", said, re.MULTILINE)
    return list(dict.fromkeys([*broken[-1:], *errors])) or said.strip().splitlines()[-1:]


def fail(what: str, why: list[str], hint: str) -> None:
    """
    Say it as the tasks do.

    :raises SystemExit: always.
    """
    print(f"error: {what}", *(f"  cause: {cause}" for cause in why), "", f"hint: {hint}", sep="\n", file=sys.stderr)
    sys.exit(1)


def main() -> None:
    """Make it."""
    print(f"making .venv with Python {platform.python_version()} (once)", file=sys.stderr)
    made = subprocess.run(
        [sys.executable, "-m", "venv", "--clear", "--without-pip", PLACE], capture_output=True, text=True, check=False
    )
    if made.returncode != 0:
        fail("no environment could be made", (made.stdout + made.stderr).splitlines()[-1:], "what Python says is true")
    pins = REQUIREMENTS.read_text(encoding="utf-8")
    total = len(re.findall(r"^[^#\s]", pins, re.MULTILINE))
    with tempfile.TemporaryDirectory() as scratch:
        try:
            pip = pip_from_somewhere(PYTHON, re.findall(r"^pip==(.*)$", pins, re.MULTILINE)[0], Path(scratch))
        except NoPip as exc:
            fail("no pip was found, and none can be fetched", exc.reasons, HINT_FOR_PIP)
        else:
            # The pip that runs is not in the environment, though it may be the one that is wanted there.
            run([*pip, "install", "--ignore-installed", "--no-deps", "-r", str(REQUIREMENTS)], Progress(total))
    run([str(PYTHON), "-m", "pip", "install", "--no-deps", "--no-build-isolation", "-e", "."])


if __name__ == "__main__":
    main()
