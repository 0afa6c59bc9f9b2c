"""The files of the login user on a box in which secrets and rights stand, looked at in one round trip."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import uuid4

from ssh_transport import piped
from ssh_transport.settings import TransferSettings

from .heads import EMIT, answers_of, heads_of
from .place import filesystem_of

if TYPE_CHECKING:
    from ssh_transport.box import Box

    from .heads import Head
    from .place import Filesystem

# What shells, and programs that ask for commands as they do, read at their start or write at their end.
HISTORY_AND_RC = (
    ".bash_history",
    ".zsh_history",
    ".zhistory",
    ".python_history",
    ".ash_history",
    ".sh_history",
    ".local/share/fish/fish_history",
    ".psql_history",
    ".mysql_history",
    ".bashrc",
    ".bash_profile",
    ".bash_login",
    ".bash_aliases",
    ".bash_logout",
    ".profile",
    ".zshrc",
    ".zshenv",
    ".zprofile",
    ".zlogin",
    ".config/fish/config.fish",
    ".pam_environment",
    ".ssh/environment",
    ".ssh/rc",
    "/etc/environment",
    "/etc/profile",
    "/etc/profile.d/*.sh",
    "/etc/bash.bashrc",
    "/etc/zsh/zshenv",
)
# Where programs keep their logins, seen from the home.
CREDENTIALS = (
    ".*_key",
    ".netrc",
    "_netrc",
    ".git-credentials",
    ".config/git/credentials",
    ".config/gh/hosts.yml",
    ".cache/huggingface/token",
    ".cache/huggingface/stored_tokens",
    ".huggingface/token",
    ".modelscope/credentials/*",
    ".kaggle/kaggle.json",
    ".config/kaggle/kaggle.json",
    ".config/wandb/settings",
    ".aws/credentials",
    ".boto",
    ".s3cfg",
    ".ossutilconfig",
    ".config/rclone/rclone.conf",
    ".config/gcloud/application_default_credentials.json",
    ".azure/*token*",
    ".kube/config",
    ".docker/config.json",
    ".pgpass",
    ".pypirc",
    ".npmrc",
    ".cargo/credentials*",
    ".config/vastai/vast_api_key",
    ".runpod/config.toml",
    ".env",
    ".envrc",
)
# Words one of which stands in every line that `lines.kind_of_line` has something to say of.
_TELLING = (
    "hf_|sk-|gh[opsur]_|github_pat|glpat|akia|asia|xox|aiza|ya29|npm_|pypi-|dckr|nvapi|gsk_|r8_|rpa_|eyj"
    "|key|token|secret|pass|pwd|credential|bearer|basic|wandb|://|curl"
)
_LIMIT_BYTES = 16 << 20
_TIMEOUT_S = 60

# `$1` the token, `$2` the functions, `$3` the pattern; then words `GROUP:PATTERN`, which are ours and may be globs. The
# lines of a group that begins with `lines` are searched, of the others a beginning is shown.
_ASK = r"""
token=$1 pattern=$3
eval "$2"
shift 3
cd "$HOME" || exit
printf '\n%s home\n' "$token"; pwd -P
printf '\n%s now\n' "$token"; date +%s
printf '\n%s mounts\n' "$token"; cut -d ' ' -f 2-4 /proc/mounts 2>/dev/null
for asked; do
    group=${asked%%:*} seen=0
    for file in ${asked#*:}; do
        case $file in
            */. | */..) continue ;;
            */authorized_keys*) bytes=262144 ;;
            */known_hosts*) bytes=0 ;;
            *) bytes=16384 ;;
        esac
        [ -e "$file" ] || continue
        [ "$((seen += 1))" -le 200 ] || break
        case $group in
            lines*) emit_lines "$group" "$file" "$pattern" ;;
            *) emit "$group" "$file" "$bytes" ;;
        esac
    done
done
:
"""


@dataclass(frozen=True)
class LoginFiles:
    """What was found: the home with its links resolved, the box's clock, its mounts, the files in the order asked."""

    home: str
    now_s: int
    mounts: tuple[str, ...]
    heads: tuple[Head, ...]

    def filesystem(self, path: str) -> Filesystem | None:
        """Return the filesystem that holds a resolved path, or `None` where nothing is known."""
        return filesystem_of(path, self.mounts)

    def of(self, group: str) -> list[Head]:
        """Return the files of a group."""
        return [head for head in self.heads if head.group == group]


def login_files(box: Box, *asked: str) -> LoginFiles:
    """
    Look at files of the login user.

    :param asked: words ``GROUP:PATTERN``: relative to the home or absolute; of a group ``lines`` the telling lines are
        looked at, with their numbers, of any other the first bytes. What is not there is left out.
    """
    token = uuid4().hex
    said = piped.run(
        box,
        _ASK,
        token,
        EMIT,
        _TELLING,
        *asked,
        limit_bytes=_LIMIT_BYTES,
        silence_s=TransferSettings.of(box.c).silence_s,
        timeout_s=_TIMEOUT_S,
    )
    plain = {title: answer.strip(b"\n").decode("utf-8", "surrogateescape") for title, answer in answers_of(said, token)}
    now = plain.get("now", "")
    return LoginFiles(
        home=plain.get("home", ""),
        now_s=int(now) if now.isdigit() else 0,
        mounts=tuple(plain.get("mounts", "").split("\n")),
        heads=tuple(heads_of(said, token)),
    )
