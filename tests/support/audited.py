"""A box on this machine that the audit looks at."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from ssh_transport.audit import examine_box, there
from ssh_transport.platforms import profiles
from ssh_transport.platforms.profile import Mount
from tests.support.local_shell import LocalShell
from tests.support.tokens import API_KEY, HF_TOKEN

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from ssh_transport.audit import Finding
    from ssh_transport.box import Box


class Audited:
    """A box with a home, a shared directory beside it, and what the audit says of them."""

    def __init__(self, root: Path, box: Box, monkeypatch: pytest.MonkeyPatch) -> None:
        self.home = root / "home"
        self.shared = root / "shared"
        self.box = box
        (self.home / ".ssh").mkdir(mode=0o700, parents=True)
        self.shared.mkdir()
        profile, reach = profiles.named("generic"), profiles.named("generic").endpoints[0]
        mounted = msgspec.structs.replace(profile, shared_mounts=(Mount(path=str(self.shared), seen_by="the team"),))
        vars(box)["platform"] = (mounted, reach)
        self.shell = LocalShell(self.home, monkeypatch)
        self.own: dict[str, str] = {}
        monkeypatch.setattr("ssh_transport.audit.there.own_keys", lambda _: self.own)
        # What is in the machine's own /etc/ssh is for its owner: Debian 13 has a file there that trusts any local VM.
        requests = tuple(one for one in there._REQUESTS if not one.startswith("client:/etc/ssh/"))
        monkeypatch.setattr("ssh_transport.audit.there._REQUESTS", requests)

    def put(self, path: str, text: str | bytes, mode: int = 0o600) -> Path:
        file = self.home / path
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        file.write_bytes(text.encode() if isinstance(text, str) else text)
        file.chmod(mode)
        return file

    def findings(self) -> list[Finding]:
        found = examine_box(self.box)
        assert not any(value in repr(found) for value in (HF_TOKEN, API_KEY, "MIIEvQ"))
        return found

    def told(self) -> list[tuple[str, str, str]]:
        """Severity, place relative to the box's root, and what it is."""
        root = str(self.home.parent) + "/"
        return [(one.severity, one.place.removeprefix(root), one.what) for one in self.findings()]
