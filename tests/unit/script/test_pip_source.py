"""An environment gets a pip wherever one can be had, without root, and is told why where none can."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from typing import TYPE_CHECKING

import pip_source
import pytest
from pip_source import NoPip, pip_from_somewhere

if TYPE_CHECKING:
    from pathlib import Path

PYTHON = pip_source.Path(sys.executable)
# As Debian's: the certificates of the system, whether or not there are any.
CORE = "DEBIAN_CA_CERTS_PATH = '/no/such/certificates'\ndef where(): return DEBIAN_CA_CERTS_PATH\n"
MAIN = "import sys\nfrom pip._vendor.certifi.core import where\nprint(__name__, sys.argv[1:], where())\n"

APT_GET = """#!/bin/sh
echo "$*" >>"$SAID"
case "$*" in
*update) echo fetched >"${2#Dir::State::Lists=}/list" ;;
-o*download*) [ -e "${2#Dir::State::Lists=}/list" ] && echo deb >python3-pip-whl_9_all.deb ;;
*) echo 'E: Unable to locate package python3-pip-whl' >&2; exit 100 ;;
esac
"""
DPKG_DEB = """#!/bin/sh
mkdir -p "$3/usr/share/python-wheels"
cp "$WHEEL" "$3/usr/share/python-wheels/pip-9.9-py3-none-any.whl"
"""
# apt-get(8) takes lists that it can't fetch for no error, unless it is told otherwise.
APT_GET_WITHOUT_NETWORK = """#!/bin/sh
case "$*" in
*Error-Mode=any*update)
    echo 'E: Failed to fetch http://deb.example/InRelease  Temporary failure resolving' >&2
    echo 'E: Some index files failed to download.' >&2
    exit 100 ;;
*update) echo 'W: Some index files failed to download.' >&2 ;;
*) echo 'E: Unable to locate package python3-pip-whl' >&2; exit 100 ;;
esac
"""


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A Python without pip and ensurepip, and the directory of all programs there are: none."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "scratch").mkdir()
    for name in ("PIP_INDEX_URL", "PIP_FIND_LINKS", "PIP_CONFIG_FILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(pip_source, "setting", lambda _name: "")
    monkeypatch.setattr("pip_index.setting", lambda _name: "")
    monkeypatch.setattr(pip_source, "_places", lambda: iter([tmp_path / "wheels"]))
    monkeypatch.setattr(pip_source.sys, "executable", "/bin/false")
    monkeypatch.setattr(
        pip_source.shutil,
        "which",
        lambda name: str(tmp_path / "bin" / name) if (tmp_path / "bin" / name).exists() else None,
    )
    monkeypatch.setenv("PATH", str(tmp_path / "bin"), prepend=":")
    return tmp_path


def installs(place: Path, name: str, script: str) -> None:
    (place / "bin" / name).write_text(script)
    (place / "bin" / name).chmod(0o755)


def wheel(path: Path) -> Path:
    """Make a pip that says how it was started."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as archive:
        for package in ("pip", "pip/_vendor", "pip/_vendor/certifi"):
            archive.writestr(f"{package}/__init__.py", "")
        archive.writestr("pip/__main__.py", MAIN)
        archive.writestr("pip/_vendor/certifi/core.py", CORE)
        archive.writestr("pip/_vendor/certifi/cacert.pem", "")
    return path


def said_by(words: list[str]) -> str:
    return subprocess.run([*words, "install", "-r", "x"], capture_output=True, text=True, check=True).stdout


def test_where_there_is_no_way_each_says_why(bare: Path) -> None:
    """In the order in which they were tried."""
    with pytest.raises(NoPip) as caught:
        pip_from_somewhere(PYTHON, "9.9", bare / "scratch")

    assert caught.value.reasons == [
        "this Python comes without ensurepip, and no wheel of pip lies on this machine",
        "this Python has no pip 22.3 or newer of its own",
        "there is no uv",
        "no package index is configured (PIP_INDEX_URL, or index-url in pip.conf)",
        "there is no apt-get",
    ]


def test_a_wheel_on_the_machine_is_run_without_being_installed(bare: Path) -> None:
    """The newest, as numbers go; with its own certificates where the system has none."""
    wheel(bare / "wheels" / "pip-10.0-py3-none-any.whl")
    (bare / "wheels" / "pip-9.9-py3-none-any.whl").write_text("not the newest")

    words = pip_from_somewhere(PYTHON, "9.9", bare / "scratch")

    certificates = bare / "scratch" / "pip" / "pip" / "_vendor" / "certifi" / "cacert.pem"
    assert said_by(words) == f"__main__ ['install', '-r', 'x'] {certificates}\n"


def test_apt_fetches_it_without_root_or_lists(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the machine has no lists, apt gets some of its own, in a directory that goes away."""
    monkeypatch.setenv("SAID", str(bare / "said"))
    monkeypatch.setenv("WHEEL", str(wheel(bare / "wheel")))
    installs(bare, "apt-get", APT_GET)
    installs(bare, "dpkg-deb", DPKG_DEB)

    words = pip_from_somewhere(PYTHON, "9.9", bare / "scratch")

    assert said_by(words).startswith("__main__ ['install', '-r', 'x']")
    said = (bare / "said").read_text().splitlines()
    assert [line.split()[-1] for line in said] == ["python3-pip-whl", "update", "python3-pip-whl"]
    assert all(str(bare / "scratch") in line for line in said[1:])


def test_apt_without_a_network_says_so(bare: Path) -> None:
    """Not that a package is unknown, which is only what follows."""
    installs(bare, "apt-get", APT_GET_WITHOUT_NETWORK)
    installs(bare, "dpkg-deb", DPKG_DEB)

    with pytest.raises(NoPip) as caught:
        pip_from_somewhere(PYTHON, "9.9", bare / "scratch")

    assert caught.value.reasons[-1] == (
        "apt-get can't fetch its lists: E: Failed to fetch http://deb.example/InRelease  Temporary failure resolving"
    )


def test_uv_puts_the_wanted_pip_into_the_environment(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After that it is the environment's own."""
    monkeypatch.setenv("SAID", str(bare / "said"))
    installs(bare, "uv", '#!/bin/sh\necho "$*" >>"$SAID"\n')

    assert pip_from_somewhere(PYTHON, "9.9", bare / "scratch") == [str(PYTHON), "-m", "pip"]
    assert (bare / "said").read_text() == f"pip install --python {PYTHON} pip==9.9\n"
