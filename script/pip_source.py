"""
Where pip comes from, for an environment that has none.

No way needs root, and none names a host: what is fetched comes from where this machine fetches its packages.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import zipfile
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from pip_index import NotConfigured, pip_wheel_from_index, setting

if TYPE_CHECKING:
    from collections.abc import Iterator

# What runs a pip that is unpacked and not installed. Debian's takes the certificates of the system, also where there
# are none, though its own are still in it.
RUN_UNPACKED = """
import os, runpy, sys
place = sys.argv.pop(1)
sys.path.insert(0, place)
from pip._vendor.certifi import core
if not os.path.exists(core.where()):
    core.DEBIAN_CA_CERTS_PATH = os.path.join(place, "pip", "_vendor", "certifi", "cacert.pem")
runpy.run_module("pip", run_name="__main__", alter_sys=True)
"""


class NoPip(Exception):
    """There is no way. The reasons say why each did not do."""

    def __init__(self, reasons: list[str]) -> None:
        super().__init__(*reasons)
        self.reasons = reasons


class _NotThisWay(Exception):
    """A way does not do here, and this is why."""


def pip_from_somewhere(python: Path, version: str, scratch: Path) -> list[str]:
    """
    Return the words of a pip that installs into the environment of `python`.

    :param version: which one is taken where there is a choice.
    :param scratch: a directory that lives as long as the words are used.
    :raises NoPip: there is none here, and none can be fetched.
    """
    reasons = []
    for way in (_here, _of_this_python, _by_uv, _from_index, _from_apt):
        try:
            return way(python, version, scratch)
        except _NotThisWay as exc:
            reasons.append(str(exc))
    raise NoPip(reasons)


def _here(python: Path, _version: str, scratch: Path) -> list[str]:
    """Take the newest wheel that lies on this machine: Python's own, Debian's, virtualenv's, or the person's."""
    wheels = [path for place in _places() if place.is_dir() for path in place.glob("pip-*-py3-none-any.whl")]
    if not wheels:
        raise _NotThisWay("this Python comes without ensurepip, and no wheel of pip lies on this machine")
    return _unpacked(python, max(wheels, key=_age), scratch)


def _places() -> Iterator[Path]:
    yield Path("/usr/share/python-wheels")
    for name, below in (("ensurepip", "_bundled"), ("virtualenv", "seed/wheels/embed")):
        spec = find_spec(name)
        if spec is not None and spec.origin is not None:
            yield Path(spec.origin).parent / below
    for link in setting("find-links").split():
        yield Path(link.removeprefix("file://"))


def _age(wheel: Path) -> tuple[int, ...]:
    return tuple(map(int, re.findall(r"\d+", wheel.name.split("-")[1])))


def _of_this_python(python: Path, _version: str, _scratch: Path) -> list[str]:
    """Let the pip of the Python that runs this install into the other one."""
    words = [sys.executable, "-m", "pip", "--python", str(python)]
    _call([*words, "--version"], "this Python has no pip 22.3 or newer of its own")
    return words


def _by_uv(python: Path, version: str, _scratch: Path) -> list[str]:
    if shutil.which("uv") is None:
        raise _NotThisWay("there is no uv")
    _call(["uv", "pip", "install", "--python", str(python), f"pip=={version}"], "uv can't fetch pip")
    return [str(python), "-m", "pip"]


def _from_index(python: Path, version: str, scratch: Path) -> list[str]:
    try:
        return _unpacked(python, pip_wheel_from_index(version, scratch), scratch)
    except NotConfigured:
        raise _NotThisWay("no package index is configured (PIP_INDEX_URL, or index-url in pip.conf)") from None
    except (OSError, ValueError) as exc:
        raise _NotThisWay(f"the configured package index gave no pip: {exc}") from exc


def _from_apt(python: Path, _version: str, scratch: Path) -> list[str]:
    """Let apt fetch Debian's wheel, checked as all its packages are: that needs no root, nor lists fetched before."""
    if not (shutil.which("apt-get") and shutil.which("dpkg-deb")):
        raise _NotThisWay("there is no apt-get")
    (scratch / "lists" / "partial").mkdir(parents=True)
    own = ["-o", f"Dir::State::Lists={scratch / 'lists'}", "-o", f"Dir::Cache={scratch}"]
    fetch = ["download", "python3-pip-whl"]
    try:
        _call(["apt-get", *fetch], "", cwd=scratch)
    except _NotThisWay:
        update = ["-o", "APT::Update::Error-Mode=any", "update"]
        _call(["apt-get", *own, *update], "apt-get can't fetch its lists", cwd=scratch)
        _call(["apt-get", *own, *fetch], "apt-get can't fetch python3-pip-whl", cwd=scratch)
    for package in scratch.glob("*.deb"):
        _call(["dpkg-deb", "-x", str(package), str(scratch)], f"{package.name} can't be unpacked")
    return _unpacked(python, next((scratch / "usr/share/python-wheels").glob("pip-*.whl")), scratch)


def _unpacked(python: Path, wheel: Path, scratch: Path) -> list[str]:
    place = scratch / "pip"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(place)
    return [str(python), "-c", RUN_UNPACKED, str(place)]


def _call(words: list[str], otherwise: str, cwd: Path | None = None) -> None:
    environment = os.environ | {"LC_ALL": "C"}
    said = subprocess.run(words, cwd=cwd, env=environment, capture_output=True, text=True, check=False)
    if said.returncode != 0:
        lines = said.stderr.strip().splitlines()
        # apt says first what is wrong, and last that something is.
        because = [line for line in lines if line.startswith("E: ")][:1] or lines[-1:]
        raise _NotThisWay(": ".join([otherwise, *because]))
