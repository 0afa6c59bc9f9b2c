"""A team's own type checker sees what the tasks take and return."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from .test_package import CHECKOUT

BUILT_FROM = os.environ.get("SSH_TRANSPORT_CHECKOUT")
CHECKER = str(CHECKOUT / ".venv" / "bin" / "python") if BUILT_FROM else sys.executable

RUNBOOK = """\
from pathlib import Path
from threading import Event

from invoke.context import Context

from ssh_transport.errors import SeveralFailed
from ssh_transport.tasks import hygiene, keys, transfer

c = Context()
one = transfer.pull(c, Path("ckpt"), to=Path("x"), on="proj-1", exclude="*.tmp", cancel=Event(), deadline=3)
print(one.files + 1, one.target.upper())
print(transfer.pull(c, "ckpt", dry_run=True).landing)
many = transfer.push(c, "a", "b", on=["proj-1", "proj-2"], exclude=["*.tmp"], allow=("x",))
print(many["proj-1"].seconds)
keys.check(c, on="proj-1")
print(hygiene.audit(c)[0].severity)
try:
    print(transfer.verify(c, "ckpt").comparison)
except SeveralFailed as error:
    print(error.failures["proj-1"].hint, error.outcomes)
"""
SLIPS = {
    'transfer.pull(c, "ckpt", excldue="*.tmp")': "Unexpected keyword argument",
    "print(one.fils)": 'has no attribute "fils"',
    'transfer.push(c, "a", "b", delete="no")': "No overload variant",
    "transfer.pull(c)": "No overload variant",
    "print(many.files)": 'has no attribute "files"',
    'keys.check(c, proj="a")': "keyword argument",
}


@pytest.fixture(scope="module")
def interpreter(tmp_path_factory: pytest.TempPathFactory) -> str:
    """One where the package is installed as from a wheel; of an editable install a type checker sees nothing."""
    if BUILT_FROM:
        return sys.executable
    place = tmp_path_factory.mktemp("installed")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(place)], check=True)
    (packages,) = place.glob("lib/python3*/site-packages")
    (packages / "others.pth").write_text(sysconfig.get_path("purelib"))
    for source, name in (("src/ssh_transport", ""), ("src/ssh_transport-stubs", ""), ("tasks", "ssh_transport/tasks")):
        shutil.copytree(CHECKOUT / source, packages / (name or Path(source).name))
    return str(place / "bin" / "python")


def test_a_runbook_is_checked_and_each_slip_in_it_is_found(interpreter: str, tmp_path: Path) -> None:
    (tmp_path / "runbook.py").write_text(RUNBOOK + "".join(f"{slip}\n" for slip in SLIPS))
    # Beside a wheel there is only what it needs.
    mypy = [CHECKER, "-m", "mypy", "--strict", f"--python-executable={interpreter}", "runbook.py"]

    said = subprocess.run(mypy, cwd=tmp_path, capture_output=True, text=True, check=False).stdout

    first = RUNBOOK.count("\n") + 1
    found = {int(line): words for line, words in re.findall(r"^runbook\.py:(\d+): error: (.*)", said, re.MULTILINE)}
    assert [line for line in found if line < first] == [], said
    assert set(found) == set(range(first, first + len(SLIPS))), said
    for line, words in zip(range(first, first + len(SLIPS)), SLIPS.values(), strict=True):
        assert words in said, found[line]


def test_the_stubs_are_those_of_the_tasks() -> None:
    done = subprocess.run([CHECKER, "-m", "docs.stubs", "--check"], cwd=CHECKOUT, capture_output=True, check=False)

    assert done.returncode == 0, done.stdout + done.stderr
