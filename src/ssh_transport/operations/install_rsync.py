"""Installs rsync on a box with the command of its platform."""

from __future__ import annotations

import shlex
import time
from typing import TYPE_CHECKING

from ssh_transport.box import shell
from ssh_transport.box.heartbeat import listening
from ssh_transport.change import Change
from ssh_transport.errors import CommandFailed, PermissionRefused, ToolMissing, symptoms
from ssh_transport.facts.copying import rsync_there
from ssh_transport.settings import TransferSettings
from ssh_transport.terminal.report import say

if TYPE_CHECKING:
    from ssh_transport.box import Box

_TRIES, _PAUSE_S = 3, 5.0
_TIMEOUT_S = 3600
_KEPT_LINES = 8
# Exit codes for a command that is not found or not executable: no retry.
_NO_COMMAND = frozenset({126, 127})

_WHO = '[ "$(id -u)" != 0 ] || { echo root; exit; }; sudo -n true 2>&1 </dev/null && echo sudo'

# All of it runs as root with one environment, which `sudo` would drop; so `sudo -n` in the platform's command is turned
# into a plain call. Options of apt-get are passed in a file (apt.conf(5), APT_CONFIG): another apt may hold the lock
# for minutes after a boot, and a question would wait for ever.
_INSTALL = r"""
exec 2>&1 </dev/null
export LC_ALL=C DEBIAN_FRONTEND=noninteractive
sudo() { if [ "$1" = -n ]; then shift; "$@"; else command sudo "$@"; fi; }
if APT_CONFIG=$(mktemp 2>/dev/null); then
    trap 'rm -f "$APT_CONFIG"' EXIT
    printf '%s\n' 'DPkg::Lock::Timeout "600";' 'Acquire::Retries "3";' 'Dpkg::Options { "--force-confold"; };' \
        >"$APT_CONFIG"
    export APT_CONFIG
fi
eval "$1"
"""


def ensure_rsync(box: Box) -> Change:
    """
    Ensure that the box has a usable rsync. It tries up to three times, as mirrors fail, and asks nothing.

    :raises ToolMissing: the platform's profile has no command for it, or there is no usable rsync afterwards.
    :raises PermissionRefused: the login is not root, and `sudo` requires a password.
    :raises CommandFailed: the command failed each time.
    :raises LinkLost: the box no longer answers; the installation may still be running.
    """
    if found := rsync_there(box):
        return Change(f"rsync {found} is installed", made=False)
    command = way_to_install(box)
    line = _as_root(box, command)
    with listening(box, TransferSettings.of(box.c).silence_s):
        _install(box, command, line)
    found = rsync_there(box)
    if found is None:
        raise ToolMissing(
            f"`{box.name}` has no usable rsync, though the installation succeeded",
            box=box.name,
            hint=f"see what is installed: ssh {box.name} 'command -v rsync; rsync --version'",
        )
    return Change(f"rsync {found} is installed", made=True)


def way_to_install(box: Box) -> str:
    """
    Return the command that installs rsync on the box's platform.

    :raises ToolMissing: its profile has none.
    """
    profile, _ = box.platform
    if not profile.tools.install_rsync:
        raise ToolMissing(
            f"the profile `{profile.slug}` has no command to install rsync",
            box=box.name,
            hint="set `install_rsync` in the table `tools` of a profile of your own, or install rsync by hand",
        )
    return profile.tools.install_rsync


def _as_root(box: Box, command: str) -> str:
    """
    Return the script that runs the command as root.

    :raises PermissionRefused: there is no way to become root without a password.
    """
    output = shell.run(box, _WHO, check=False).stdout.strip()
    line = shlex.join(["sh", "-c", _INSTALL, "sh", command])
    if output == "root":
        return line
    if output.splitlines()[-1:] == ["sudo"]:
        return f"sudo -n {line}"
    raise PermissionRefused(
        f"`{box.resolved.user}` may not install rsync",
        box=box.name,
        cause=output or "neither root nor allowed to use sudo without a password",
        hint=f"by hand: {_by_hand(box, command)}",
    )


def _install(box: Box, command: str, line: str) -> None:
    for number in range(1, _TRIES + 1):
        done = shell.run(box, line, check=False, timeout_s=_TIMEOUT_S)
        if not done.exit_code:
            return
        if done.exit_code in _NO_COMMAND or number == _TRIES or symptoms.disk_error_of(done.stdout):
            break
        say(f"{box.name}: the installation failed with exit code {done.exit_code}; once more in {_PAUSE_S:.0f} s")
        time.sleep(_PAUSE_S)
    error = symptoms.disk_error_of(done.stdout) or CommandFailed
    raise error(
        f"rsync could not be installed, exit code {done.exit_code}",
        box=box.name,
        cause="\n".join([line for line in done.stdout.splitlines() if line.strip()][-_KEPT_LINES:]),
        hint=f"by hand: {_by_hand(box, command)}",
    )


def _by_hand(box: Box, command: str) -> str:
    as_root = command if box.resolved.user == "root" or "sudo" in command else f"sudo sh -c {shlex.quote(command)}"
    return shlex.join(["ssh", "-t", box.name, as_root.replace("sudo -n ", "sudo ")])
