"""What is published: the wheel and the sdist hold what they should, no more, and the same bytes each time."""

from __future__ import annotations

import os
import shutil
import subprocess
import tarfile
import tomllib
import zipfile
from pathlib import Path

import pytest

# `script/build` runs these tests away from the checkout, against the wheel alone, and says where the checkout is.
CHECKOUT = Path(os.environ.get("SSH_TRANSPORT_CHECKOUT") or Path(__file__).parents[2])
VERSION = "ssh_transport-" + tomllib.loads((CHECKOUT / "pyproject.toml").read_text())["project"]["version"]
WHEEL = {
    "src/": "",
    "profiles/": "ssh_transport/profiles/",
    "tasks/": "ssh_transport/tasks/",
    "docs/ssh-transport.1": f"{VERSION}.data/data/share/man/man1/ssh-transport.1",
}
ABOUT_THE_WHEEL = {"METADATA", "RECORD", "WHEEL", "entry_points.txt", "licenses/LICENSE", "top_level.txt"}
# What only a git checkout has a use for.
NOT_IN_THE_SDIST = (".ci/", ".gitignore", ".pre-commit-config.yaml")


def tracked() -> list[str]:
    """Return what git knows of the checkout."""
    said = subprocess.run(["git", "-C", CHECKOUT, "ls-files", "-z"], capture_output=True, check=True, text=True)
    return said.stdout.removesuffix("\0").split("\0")


def packaged(checkout: Path, to: Path) -> Path:
    """Build both there, as if of one commit."""
    subprocess.run(
        [checkout / "script" / "package", to],
        env=os.environ | {"SOURCE_DATE_EPOCH": "1700000000"},
        check=True,
        timeout=100,
    )
    return to


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return packaged(CHECKOUT, tmp_path_factory.mktemp("built"))


def test_the_wheel_holds_the_packages_and_nothing_else(built: Path) -> None:
    """Every module, profile and list that git knows; no test, no cache, nothing that lay about."""
    expected = {
        inside + name.removeprefix(outside)
        for name in tracked()
        for outside, inside in WHEEL.items()
        if name.startswith(outside)
    }

    with zipfile.ZipFile(built / f"{VERSION}-py3-none-any.whl") as wheel:
        names = set(wheel.namelist())

    assert {"ssh_transport/main.py", "ssh_transport/tasks/keys.py", "ssh_transport/profiles/autodl.toml"} <= expected
    assert names == expected | {f"{VERSION}.dist-info/{name}" for name in ABOUT_THE_WHEEL}


def test_the_wheel_is_under_a_megabyte(built: Path) -> None:
    """Code and data in text: what is larger does not belong there."""
    assert (built / f"{VERSION}-py3-none-any.whl").stat().st_size < 1_000_000


def test_the_sdist_holds_the_checkout(built: Path) -> None:
    """All that a build, the documentation and the tests need, by the names they have in the checkout."""
    expected = {name for name in tracked() if not name.startswith(NOT_IN_THE_SDIST)}

    with tarfile.open(built / f"{VERSION}.tar.gz") as sdist:
        names = {member.name.removeprefix(f"{VERSION}/") for member in sdist if member.isfile()}

    made = {name for name in names if name.startswith("src/ssh_transport.egg-info/")} | {"PKG-INFO", "setup.cfg"}
    assert names == expected | made


def test_a_second_clone_gives_the_same_bytes(built: Path, tmp_path: Path) -> None:
    """Whatever the times and modes of its files are, and in whatever directory it lies."""
    clone = tmp_path / "elsewhere"
    for name in tracked():
        (clone / name).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        shutil.copyfile(CHECKOUT / name, clone / name)
        (clone / name).chmod((CHECKOUT / name).stat().st_mode & 0o700)
    (clone / ".venv").symlink_to(CHECKOUT / ".venv")
    subprocess.run(["git", "init", "--quiet", clone], check=True)
    subprocess.run(["git", "-C", clone, "add", "--all"], check=True)

    again = packaged(clone, tmp_path / "again")

    first, second = ({path.name: path.read_bytes() for path in place.iterdir()} for place in (built, again))
    assert sorted(first) == sorted(second) == [f"{VERSION}-py3-none-any.whl", f"{VERSION}.tar.gz"]
    assert [name for name in first if first[name] != second[name]] == []
