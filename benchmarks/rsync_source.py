"""rsync's source package of this machine's Debian or Ubuntu, built in a directory of its own; nothing is installed."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

LONGEST_S = 600
_TOOLS = ("apt-get", "apt-cache", "dpkg-source", "gcc", "make")
_APT = Path("/etc/apt")
# What rsync brings along serves as well as the libraries that would have to be installed; a test that needs ACLs skips.
_CONFIGURE = (
    "--disable-md2man",
    "--disable-openssl",
    "--disable-xxhash",
    "--disable-zstd",
    "--disable-lz4",
    "--disable-acl-support",
    "--with-included-popt",
    "--with-included-zlib",
)
# Older than what Debian's patches touch: without this, make would ask for autoconf.
_GENERATED = ("aclocal.m4", "configure.sh", "config.h.in")
_SHELL = "support/lsh.sh"


def built(place: Path) -> Path:
    """
    Fetch and build rsync below `place`; return the tree, in which its tests can be run.

    :raises SystemExit: a tool is missing, no source package can be had, or its tests are not as we know them.
    """
    if missing := [tool for tool in _TOOLS if shutil.which(tool) is None]:
        raise SystemExit(f"this needs {', '.join(missing)}: apt-get install apt dpkg-dev gcc make")
    tree = _fetched(place)
    if not all((tree / name).is_file() for name in (_SHELL, "runtests.sh")):
        raise SystemExit(f"{tree.name} has no runtests.sh with {_SHELL}")
    for name in _GENERATED:
        (tree / name).touch()
    _run(tree, "./configure", *_CONFIGURE)
    makefile = (tree / "Makefile").read_text().replace("\\\n", " ").replace("$(EXEEXT)", "")
    targets = re.findall(r"^CHECK_(?:PROGS|SYMLINKS) *= *(.*)$", makefile, re.MULTILINE)
    _run(tree, "make", "-j2", *" ".join(targets).split())
    return tree


def _fetched(place: Path) -> Path:
    apt = _private_apt(place)
    _run(place, "apt-get", *apt, "update")
    told = _run(place, "apt-cache", *apt, "showsrc", "--only-source", "rsync")
    versions = re.findall(r"^Version: (.*)$", told, re.MULTILINE)
    problem = "no source package of rsync: has /etc/apt a list of Debian or Ubuntu?"
    # The newest that there is: a mirror may list one that it does not hold yet.
    for wanted in ("rsync", *(f"rsync={version}" for version in versions)):
        try:
            _run(place, "apt-get", *apt, "source", wanted)
        except SystemExit as exc:
            problem = str(exc)
        else:
            return next(path for path in place.glob("rsync-*") if path.is_dir())
    raise SystemExit(problem)


def _private_apt(place: Path) -> list[str]:
    """Return options with which apt reads this machine's lists as lists of sources, and keeps all it knows here."""
    lists = place / "sources.list.d"
    for directory in (lists, place / "lists/partial", place / "cache/archives/partial"):
        directory.mkdir(parents=True)
    for path in (_APT / "sources.list", *_APT.glob("sources.list.d/*.list"), *_APT.glob("sources.list.d/*.sources")):
        if path.is_file():
            text = re.sub(r"^Types:.*$", "Types: deb-src", path.read_text(), flags=re.MULTILINE)
            (lists / path.name).write_text(re.sub(r"^deb(?=\s)", "deb-src", text, flags=re.MULTILINE))
    settings = {
        "Dir::Etc::SourceList": "/dev/null",
        "Dir::Etc::SourceParts": lists,
        "Dir::State::Lists": place / "lists",
        "Dir::Cache": place / "cache",
    }
    return [word for key, value in settings.items() for word in ("-o", f"{key}={value}")]


def _run(directory: Path, *argv: str) -> str:
    done = subprocess.run(
        argv,
        cwd=directory,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        timeout=LONGEST_S,
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"`{argv[0]} … {argv[-1]}` ended with {done.returncode}:\n{done.stderr[-2000:]}")
    return done.stdout
