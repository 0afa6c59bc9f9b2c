"""An environment that can't be made says why, and is not taken for one afterwards."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from environment import causes

SCRIPTS = Path(__file__).parents[3] / "script"

# What pip 26.3 says where nothing listens, in short.
NO_NETWORK = """\
Looking in indexes: http://127.0.0.1:9/simple
WARNING: Retrying (Retry(total=1, connect=None, read=None, redirect=None, status=None)) after connection broken by \
'NewConnectionError('<pip._vendor.urllib3.connection.HTTPConnection object at 0x7fb1>: Failed to establish a new \
connection: [Errno 111] Connection refused')': /simple/six/
WARNING: Retrying (Retry(total=0, connect=None, read=None, redirect=None, status=None)) after connection broken by \
'NewConnectionError('<pip._vendor.urllib3.connection.HTTPConnection object at 0x7fb2>: Failed to establish a new \
connection: [Errno 111] Connection refused')': /simple/six/
ERROR: Could not find a version that satisfies the requirement six (from versions: none)
ERROR: No matching distribution found for six
"""

# The same of a project that can't be built, in short.
NOT_BUILT = """\
  error: subprocess-exited-with-error

      Traceback (most recent call last):
        File "setuptools/config/pyprojecttoml.py", line 61, in validate
          raise ValueError(f"{error}\\n{summary}") from None
      ValueError: invalid pyproject.toml config: `tool.setuptools.package-data`.
  note: This error originates from a subprocess, and is likely not a problem with pip.
error: metadata-generation-failed

hint: See above for details.
"""


def test_the_network_comes_before_what_follows_from_it() -> None:
    """Once, and without the names of Python's objects."""
    assert causes(NO_NETWORK) == [
        "Failed to establish a new connection: [Errno 111] Connection refused",
        "Could not find a version that satisfies the requirement six (from versions: none)",
        "No matching distribution found for six",
    ]


def test_what_a_builder_says_is_the_cause_of_what_pip_says_of_it() -> None:
    """Not that something did not run."""
    assert causes(NOT_BUILT) == ["invalid pyproject.toml config: `tool.setuptools.package-data`."]


def test_words_of_no_known_shape_are_shown_as_they_end() -> None:
    """A pip that did not even start."""
    assert causes("something\npython: No module named pip\n") == ["python: No module named pip"]
    assert causes("") == []


@pytest.mark.slow
def test_a_failed_bootstrap_says_why_and_leaves_no_stamp(tmp_path: Path) -> None:
    """From end to end, with an index that there is not. The next one starts anew."""
    shutil.copytree(SCRIPTS, tmp_path / "script")
    (tmp_path / "requirements.txt").write_text("pip==9.9\nno-such-package==1\n")
    (tmp_path / "pyproject.toml").write_text("")
    environment = os.environ | {"PIP_NO_INDEX": "1", "PIP_CONFIG_FILE": os.devnull, "PIP_FIND_LINKS": str(tmp_path)}

    done = subprocess.run(
        [tmp_path / "script" / "bootstrap"], env=environment, capture_output=True, text=True, check=False
    )

    assert done.returncode == 1
    first, *lines = done.stderr.splitlines()
    assert first.startswith("making .venv with Python 3.")
    assert lines == [
        "error: the packages could not be installed",
        "  cause: Could not find a version that satisfies the requirement pip==9.9 (from versions: none)",
        "  cause: No matching distribution found for pip==9.9",
        "",
        "hint: pip's words are in .venv/bootstrap.log",
    ]
    assert not (tmp_path / ".venv" / "installed").exists()
