"""A link that breaks, between a person and a box."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from demo.link import Link

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .person import Person
    from .sshd import Sshd

# A link that has fallen silent is noticed in seconds.
IMPATIENT = "transfer: {keepalive_s: 1, keepalive_misses: 2, connect_timeout_s: 5}\n"
# Attempts are what is counted: on a busy machine every way is so long that a copy would take connections that heal.
ON_ONE_CONNECTION = IMPATIENT.replace("}", ", streams: 1}")


@contextlib.contextmanager
def way(
    box: Sshd, person: Person, *, rate_bytes_s: int | None = None, settings: str = ON_ONE_CONNECTION
) -> Iterator[Link]:
    """Lead the person's alias for the box through a link, which they watch closely."""
    (person.home / "fabric.yaml").write_text(settings)
    with Link(box.port, rate_bytes_s=rate_bytes_s) as between:
        config = person.ssh / "config"
        config.write_text(config.read_text().replace(f"Port {box.port}\n", f"Port {between.port}\n"))
        yield between
