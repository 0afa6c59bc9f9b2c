"""What is in the checkout is in what a person installs, and can be imported there."""

from __future__ import annotations

import os
import sys
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

import ssh_transport
from ssh_transport.platforms import profiles

if TYPE_CHECKING:
    from tests.support.person import Person

# `script/build` runs these tests away from the checkout, against the wheel alone, and says where the checkout is.
_BUILT_FROM = os.environ.get("SSH_TRANSPORT_CHECKOUT")
CHECKOUT = Path(_BUILT_FROM or Path(__file__).parents[2])
PACKAGES = {
    "ssh_transport": CHECKOUT / "src" / "ssh_transport",
    "ssh_transport.profiles": CHECKOUT / "profiles",
    "ssh_transport.tasks": CHECKOUT / "tasks",
}
# A program, not a module: importing it ends the process. It is started below.
PROGRAMS = {"ssh_transport.link.stripe.__main__", "ssh_transport.box.carrier.at_terminal.__main__"}

IMPORT_ALL = """
import importlib, sys, traceback
failed = 0
for name in sys.argv[1:]:
    try:
        importlib.import_module(name)
    except BaseException:
        failed += 1
        print(name, traceback.format_exc(), sep="\\n")
sys.exit(failed > 0)
"""


class Source(NamedTuple):
    """A file of the checkout: the package that holds it, and its path below that."""

    package: str
    path: Path

    @property
    def content(self) -> bytes:
        return (PACKAGES[self.package] / self.path).read_bytes()

    @property
    def module(self) -> str:
        return ".".join((self.package, *self.path.with_suffix("").parts)).removesuffix(".__init__")


def sources() -> list[Source]:
    """Return every file that the packages are made of."""
    return [
        Source(package, path.relative_to(place))
        for package, place in PACKAGES.items()
        for path in sorted(place.rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    ]


def place_of(package: str) -> Path:
    """Return where a package is installed."""
    if package == "ssh_transport.profiles":
        return profiles.directory()
    spec = find_spec(package)
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent


@pytest.mark.parametrize("package", PACKAGES)
def test_what_is_imported_is_what_is_under_test(package: str) -> None:
    """The wheel, where there is one: else the tests below would compare the checkout with itself."""
    assert place_of(package).is_relative_to(sys.prefix if _BUILT_FROM else CHECKOUT)


def test_every_file_of_the_checkout_is_installed() -> None:
    """Modules, profiles, the list of known secrets, `py.typed`: byte for byte."""
    found = sources()
    installed = {source: place_of(source.package) / source.path for source in found}
    lacking = [source for source, path in installed.items() if not path.is_file()]
    other = [source for source in found if source not in lacking and installed[source].read_bytes() != source.content]

    assert {Path("autodl.toml"), Path("secret/known.toml"), Path("py.typed")} <= {source.path for source in found}
    assert (lacking, other) == ([], [])


def test_every_module_can_be_imported(person: Person) -> None:
    """In a fresh process, from a directory that holds none of them."""
    names = {source.module for source in sources() if source.path.suffix == ".py"} - PROGRAMS
    person.forks = False

    said = person.types("python", "-c", IMPORT_ALL, *sorted(names))

    assert {"ssh_transport.main", "ssh_transport.tasks.transfer", "ssh_transport.link.stripe.pump"} <= names
    assert (said.exit_code, said.stdout, said.stderr) == (0, "", "")


@pytest.mark.parametrize(
    ("variable", "program"), [("SSH_TRANSPORT_LINK", "remote_shell.py"), ("SSH_TRANSPORT_CALL", "caller.py")]
)
def test_the_striped_link_starts_from_its_installed_directory(variable: str, program: str, person: Person) -> None:
    """Its program finds all its modules, and ends where it takes its order, which is none: `main` is what it was in."""
    said = person.types("python", "-I", "-S", str(place_of("ssh_transport") / "link" / "stripe"), env={variable: "{}"})

    assert said.exit_code == 1
    assert f'{program}", line' in said.stderr
    assert said.stderr.rstrip().splitlines()[-1].startswith(("KeyError", "TypeError"))


def test_the_version_is_that_of_the_package() -> None:
    assert ssh_transport.__version__ == version("ssh-transport")
    with pytest.raises(AttributeError):
        _ = ssh_transport.no_such_thing
