"""What a file on a box can't hold is refused before anything is sent."""

from __future__ import annotations

import pytest

from ssh_transport.errors import UsageError
from ssh_transport.secret.destination import content, default_destination, destination_for
from ssh_transport.secret.sources import Sourced
from ssh_transport.secret.value import Secret


def test_a_value_that_python_can_not_read_spoils_no_netrc_file() -> None:
    odd = Sourced(Secret(b"abc\xff\xfe1234567"))

    with pytest.raises(UsageError, match="not UTF-8; nothing was sent"):
        content(default_destination("wandb"), odd)
    assert content(destination_for("wandb", to="~/.wandb_key"), odd).reveal() == b"abc\xff\xfe1234567\n"
