"""Git work trees for tests: made by git itself, with nobody's settings."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_SETTINGS = ("-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "protocol.file.allow=always")
_ENV = {"PATH": "/usr/bin:/bin", "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": "/dev/null", "HOME": "/nonexistent"}


def git(directory: Path, *words: str) -> str:
    """Run git in a directory, and return what it prints."""
    done = subprocess.run(
        ["git", *_SETTINGS, *words], cwd=directory, env=_ENV, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def repository(top: Path, **files: str) -> Path:
    """Make a repository with these files in its only commit; `__` in a name is a slash, `_py` a suffix."""
    top.mkdir(parents=True)
    git(top, "init", "--quiet", "--initial-branch=main")
    for name, content in files.items():
        path = top / name.replace("__", "/").replace("_py", ".py")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    commit(top)
    return top


def commit(top: Path) -> str:
    """Commit all there is, and return the commit."""
    git(top, "add", "--all")
    git(top, "commit", "--quiet", "--allow-empty", "--message=now")
    return git(top, "rev-parse", "HEAD")
