"""Reads files of the login user that may contain secrets or permissions, in one round trip."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from ssh_transport.box import together
from ssh_transport.box.together import Question
from ssh_transport.box.tools import relying_on
from ssh_transport.errors import Incomplete
from ssh_transport.settings import TransferSettings

from .directory import filesystem_of
from .heads import EMIT, answers_of, heads_of, unread_of

if TYPE_CHECKING:
    from ssh_transport.box import Box

    from .directory import Filesystem
    from .heads import Head

# Start-up and history files of shells and of other interactive programs, settings with addresses in them, and scripts.
HISTORY_AND_RC = (
    ".bash_history",
    ".zsh_history",
    ".zhistory",
    ".python_history",
    ".node_repl_history",
    ".ipython/profile_default/history.txt",
    ".rediscli_history",
    ".lesshst",
    ".viminfo",
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
    *(".history", ".histfile", ".ksh_history", ".sqlite_history", ".local/state/*/history"),
    *(".local/share/nvim/shada/*.shada", ".local/state/nvim/shada/*.shada", ".config/zsh/.z*"),
    *(".config/fish/conf.d/*.fish", ".config/fish/fish_variables", ".tcshrc", ".cshrc", ".login"),
    *(".config/environment.d/*.conf", ".config/systemd/user/*.service", ".tmux.conf", ".config/tmux/tmux.conf"),
    *(".gitconfig", ".config/git/config", ".git/config", "*/.git/config", "*/*/.git/config"),
    *(".pip/pip.conf", ".config/pip/pip.conf", "/etc/pip.conf", ".config/uv/uv.toml", ".condarc"),
    *(".curlrc", ".wgetrc", ".jupyter/jupyter_*config.*", "*.sh"),
    *(".ssh-transport-run/*.sh", ".ssh-transport-run/*.log"),
)
# Where programs keep their credentials, relative to the home.
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
# Every line in which `secret_lines.kind_of_line` finds a secret contains one of these.
_KEYWORDS = (
    "hf_|sk-|gh[opsur]_|github_pat|glpat|akia|asia|xox|aiza|ya29|npm_|pypi-|dckr|nvapi|gsk_|r8_|rpa_|eyj"
    "|key|token|secret|pass|pwd|credential|bearer|basic|wandb|://|curl|login|machine |mysql|redis|auth|vault|config"
)
_LIMIT_BYTES = 16 << 20
_TIMEOUT_S = 60

# `$1` token, `$2` shell functions, `$3` pattern; then arguments `GROUP:PATTERN`, which are ours and may be globs. For a
# group that begins with `lines` the matching lines are printed, for the others the first bytes.
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
        if [ ! -e "$file" ]; then
            # What is in a directory that can't be entered is not known to be missing.
            case $file in */*) [ ! -d "${file%/*}" ] || [ -x "${file%/*}" ] || unread "${file%/*}" ;; esac
            continue
        fi
        [ "$((seen += 1))" -le 200 ] || { too_much "$file"; break; }
        case $group in
            lines*) emit_lines "$group" "$file" "$pattern" ;;
            *) emit "$group" "$file" "$bytes" ;;
        esac
    done
done
case " $* " in *" lines:"*) emit_buffers lines "$pattern" ;; esac
printf '\n%s end\n' "$token"
"""
_TOOLS = ("cut", "date", "grep", "head", "readlink", "stat", "tr")


@dataclass(frozen=True)
class LoginFiles:
    """
    The home with its links resolved, the box's clock, its mounts, and the files in the order of the request.

    ``unread`` are those that are there and can't be read, ``cut_short`` those of which only a part was searched.
    """

    home: str
    now_s: int
    mounts: tuple[str, ...]
    heads: tuple[Head, ...]
    unread: tuple[str, ...] = ()
    cut_short: tuple[str, ...] = ()

    def filesystem(self, path: str) -> Filesystem | None:
        """Return the filesystem that a resolved path is on, or `None` if it is unknown."""
        return filesystem_of(path, self.mounts)

    def of(self, group: str) -> list[Head]:
        """Return the files of a group."""
        return [head for head in self.heads if head.group == group]


def login_files(box: Box, *requests: str) -> LoginFiles:
    """
    Read files of the login user; missing ones are left out.

    :param requests: ``GROUP:PATTERN`` with a path or glob, absolute or relative to the home. For the group ``lines``
        the lines that may contain a secret are returned with their numbers, for any other the first bytes.
    :raises Incomplete: the box did not answer to the end.
    :raises ToolMissing: it has not what the look needs.
    """
    (output,) = together.run(box, [question := asking(*requests)], **limits(box))
    return parsed(box, output, question)


def limits(box: Box) -> dict[str, Any]:
    """Return those of the answer, as `together.run` takes them."""
    silence_s = TransferSettings.of(box.c).silence_s
    return {"limit_bytes": _LIMIT_BYTES, "silence_s": silence_s, "timeout_s": _TIMEOUT_S}


def asking(*requests: str) -> Question:
    """Return what asks for the same."""
    return Question(relying_on(_ASK, *_TOOLS), [uuid4().hex, EMIT, _KEYWORDS, *requests])


def parsed(box: Box, output: bytes, question: Question) -> LoginFiles:
    """
    Return what was answered to it.

    :raises Incomplete: the box did not answer to the end.
    """
    token = question.words[0]
    texts = {title: text.strip(b"\n").decode("utf-8", "surrogateescape") for title, text in answers_of(output, token)}
    if "end" not in texts:
        raise Incomplete(f"`{box.name}` did not show its files to the end", box=box.name, hint="run it again")
    now, heads = texts.get("now", ""), heads_of(output, token)
    cut = {head.path: head.real or head.path for head in heads if head.group.startswith("lines") and head.is_cut}
    return LoginFiles(
        home=texts.get("home", ""),
        now_s=int(now) if now.isdecimal() else 0,
        mounts=tuple(texts.get("mounts", "").split("\n")),
        heads=tuple(heads),
        unread=tuple(path for path in unread_of(output, token) if path not in cut),
        cut_short=(*cut.values(), *unread_of(output, token, "cut")),
    )
