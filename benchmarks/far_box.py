"""The stage at a bad path: a person with a HOME at its near end, a real sshd as the box at its far end."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.bad_path import FAR_ADDRESS, bad_path, inside
from tests.support.person import Person
from tests.support.sshd import Sshd

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from benchmarks.bad_path import BadPath, Carried, PathSpec

ALIAS = "box-1"
USER = "root"
POLL_S = 0.02
# The fixture's own values are for tests: a box has the stock limit of logins, and writes no debug log.
SSHD_CONFIG = f"""\
ListenAddress {FAR_ADDRESS}
MaxStartups 10:30:100
LogLevel INFO
UseDNS no
"""


@dataclass(frozen=True)
class Ended:
    """How a command ended; `exit_code` is None if its time was up. The rest is what the link saw meanwhile."""

    exit_code: int | None
    output: str
    seconds: float
    down: Carried
    up: Carried


class FarBox:
    """A person, a box and the path between them."""

    def __init__(self, place: Path, sshd: Sshd, path: BadPath) -> None:
        self.sshd, self.path, self.box = sshd, path, sshd.home
        self.person = Person(place / "person")
        with inside(path.near):
            for words in (("keys.generate",), ("config.add", ALIAS, f"ssh -p {sshd.port} {USER}@{FAR_ADDRESS}")):
                said = self.person.types("fab", *words)
                if said.exit_code:
                    raise RuntimeError(f"`fab {words[0]}` ended with {said.exit_code}: {said.stderr}")
        (self.box / ".ssh/authorized_keys").write_bytes(self.person.identity.with_suffix(".pub").read_bytes())
        with (self.person.ssh / "known_hosts").open("a") as known:
            known.write(f"{ALIAS} {sshd.host_key_line}\n[{FAR_ADDRESS}]:{sshd.port} {sshd.host_key_line}\n")

    @property
    def here(self) -> Path:
        return self.person.home

    @property
    def ssh_options(self) -> list[str]:
        """What `ssh` and its kin need to find this person's files, as `ssh` takes ``~`` from the password database."""
        options = (f"UserKnownHostsFile={self.person.ssh / 'known_hosts'}", "BatchMode=yes")
        return ["-F", str(self.person.ssh / "config"), *(word for option in options for word in ("-o", option))]

    def run(self, argv: Sequence[str], timeout_s: float, watch: Callable[[], None] = lambda: None) -> Ended:
        """Run a command as the person; `watch` is called all the while. Nothing of it is left, at either end."""
        self.path.begin_losses()
        down, up, start = self.path.down(), self.path.up(), time.monotonic()
        with tempfile.TemporaryFile("w+", errors="replace") as output:
            with inside(self.path.near):
                process = subprocess.Popen(
                    argv,
                    cwd=self.here,
                    env=self.person.environment,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=output,
                    start_new_session=True,
                )
            try:
                while process.poll() is None and time.monotonic() - start < timeout_s:
                    watch()
                    time.sleep(POLL_S)
                seconds, exit_code = time.monotonic() - start, process.poll()
                carried = self.path.down() - down, self.path.up() - up
            finally:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                process.wait()
                self.sshd.kill_sessions()
            output.seek(0)
            return Ended(exit_code, output.read(), seconds, *carried)


@contextlib.contextmanager
def far_box(
    spec: PathSpec, *, seed: int = 1, congestion: str = "cubic", path_before: Sequence[Path] = ()
) -> Iterator[FarBox]:
    """
    Make a stage in a temporary directory, and take it away.

    :param path_before: directories where the box's commands are looked for first.
    """
    search = os.pathsep.join([*map(str, path_before), os.environ["PATH"]])
    with (
        tempfile.TemporaryDirectory(prefix="ssh-transport-bench-") as name,
        bad_path(spec, seed=seed, congestion=congestion) as path,
        contextlib.ExitStack() as stack,
    ):
        with inside(path.far):
            sshd = stack.enter_context(Sshd(Path(name) / "sshd", extra=SSHD_CONFIG, path=search))
        yield FarBox(Path(name), sshd, path)
