"""What the audit finds on a box, by the real script in the home of a test; never a value of what it found."""

from __future__ import annotations

import os
import shlex
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pytest

from ssh_transport.audit import examine_box, examine_here, there
from ssh_transport.errors import TaskError
from ssh_transport.errors.commands import typed
from ssh_transport.facts import search
from ssh_transport.facts.leaked_secrets import CUT_SHORT, DUMP, LeakedSecret, leaked_secrets
from ssh_transport.openssh.public_key import fingerprint
from ssh_transport.platforms import profiles
from ssh_transport.platforms.profile import Mount
from ssh_transport.text import one_line, shown
from tests.support.local_shell import LocalShell
from tests.support.tokens import API_KEY, HF_TOKEN, PRIVATE_KEY

if TYPE_CHECKING:
    from collections.abc import Callable

    from ssh_transport.audit import Finding
    from ssh_transport.box import Box
    from ssh_transport.openssh.resolution import SshFiles

NETRC = f"machine api.wandb.ai login user password {API_KEY}\n"
ENVIRONMENT = f"HOME=/root\nPATH=/bin\nLANG=C\nTERM=xterm\nWANDB_API_KEY={API_KEY}\nPWD=/root\n"
KEY = "AAAAC3NzaC1lZDI1NTE5AAAAIEhlbGxvSGVsbG9IZWxsb0hlbGxvSGVsbG9IZWxsb0hl"
OLD = (1_600_000_000, 1_600_000_000)


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


@pytest.fixture
def audited(tmp_path: Path, make_box: Callable[..., Box], monkeypatch: pytest.MonkeyPatch) -> Audited:
    return Audited(tmp_path / "box", make_box(), monkeypatch)


@pytest.mark.parametrize(
    ("path", "text", "mode", "expected"),
    [
        (".ssh/id_x", PRIVATE_KEY, 0o600, ("failure", "home/.ssh/id_x", "a private key")),
        (".ssh/id_x", PRIVATE_KEY, 0o640, ("failure", "home/.ssh/id_x", "a private key, mode 0640")),
        ("notes.txt", PRIVATE_KEY, 0o600, ("failure", "home/notes.txt", "a private key")),
        ("proj/a/b.pem", PRIVATE_KEY, 0o600, ("failure", "home/proj/a/b.pem", "a private key")),
        (".ssh/known_hosts", "x", 0o666, ("failure", "home/.ssh/known_hosts", "mode 0666")),
        (".ssh/notes", "x", 0o644, ("warning", "home/.ssh/notes", "mode 0644")),
        (".bash_history", f"ls\nexport A_TOKEN={API_KEY}\n", 0o600,
         ("warning", "home/.bash_history:2", "the value of a secret variable")),
        (".bashrc", f"export A_TOKEN={API_KEY}\n\nX={HF_TOKEN}\n", 0o644,
         ("failure", "home/.bashrc:1,3", "a token, the value of a secret variable")),
        (".python_history", b"\x00\xff\n" + HF_TOKEN.encode(), 0o600, ("warning", "home/.python_history:2", "a token")),
        (".netrc", NETRC, 0o640, ("failure", "home/.netrc", "a netrc file with passwords, mode 0640")),
        (".wandb_key", API_KEY, 0o644, ("failure", "home/.wandb_key", "a secret in a file of its own, mode 0644")),
        (".cache/huggingface/token", HF_TOKEN, 0o644,
         ("failure", "home/.cache/huggingface/token", "a Hugging Face token, mode 0644")),
        ("../shared/x/.netrc", NETRC, 0o600, ("failure", "shared/x/.netrc", "a netrc file with passwords")),
        ("../shared/env.txt", ENVIRONMENT, 0o600, ("failure", "shared/env.txt", DUMP)),
        ("../shared/.ssh/k", PRIVATE_KEY, 0o600, ("failure", "shared/.ssh/k", "a private key")),
        (".ssh/config", "Host *\n\tStrictHostKeyChecking=no\n", 0o600,
         ("warning", "home/.ssh/config:2", "StrictHostKeyChecking is off")),
    ],
)  # fmt: skip
def test_a_thing_that_should_not_be_there_is_found(
    path: str, text: str | bytes, mode: int, expected: tuple[str, str, str], audited: Audited
) -> None:
    """By what it is, where it is and who may read it; in two round trips."""
    audited.put(path, text, mode)

    assert audited.told() == [expected]
    assert len(audited.shell.said) == 2


@pytest.mark.parametrize(
    ("path", "text", "mode"),
    [
        (".ssh/config", "Host *\n  StrictHostKeyChecking yes\n# StrictHostKeyChecking no\n", 0o644),
        (".ssh/id_x.pub", f"ssh-ed25519 {KEY} a", 0o644),
        (".bashrc", 'export HF_TOKEN="$(cat ~/.hf_key)"\n', 0o644),
        (".hf_key", HF_TOKEN, 0o600),
        (".netrc", NETRC, 0o600),
        ("../shared/README", "API_KEY=your-key-here\n" * 9, 0o644),
        ("../shared/node_modules/x/test.pem", PRIVATE_KEY, 0o600),
        ("../shared/a/b/c/d/deep.pem", PRIVATE_KEY, 0o600),
        ("../shared/weights.bin", b"PRIVATE KEY" + bytes(70_000), 0o644),
    ],
)
def test_what_is_in_its_place_is_not_told(path: str, text: str | bytes, mode: int, audited: Audited) -> None:
    """A private file in the home, a placeholder, a tree of packages, what is too deep or too large."""
    audited.put(path, text, mode)

    assert audited.told() == []


def test_a_private_name_that_leads_to_a_shared_disk_is_shared(audited: Audited) -> None:
    """It is told once, under the place where it is."""
    audited.put("../shared/.netrc", NETRC)
    (audited.home / ".netrc").symlink_to(audited.shared / ".netrc")
    audited.put("../shared/history", f"X={HF_TOKEN}\n")
    (audited.home / ".bash_history").symlink_to(audited.shared / "history")

    assert sorted(audited.told()) == [
        ("failure", "shared/.netrc", "a netrc file with passwords"),
        ("failure", "shared/history:1", "a token"),
    ]
    assert leaked_secrets(audited.box) == (LeakedSecret(str(audited.shared / "history"), 1, "a token", on_shared=True),)


def test_keys_that_are_not_the_persons_own_are_named(audited: Audited) -> None:
    """By fingerprint, comment, options without their values, and the age of the file."""
    line = f'from="10.0.0.1",environment="T={API_KEY}" ssh-ed25519 {KEY} mallory\n'
    os.utime(audited.put(".ssh/authorized_keys", line), (time.time() - 3 * 86_400,) * 2)
    ((severity, place, what),) = audited.told()
    audited.own = {fingerprint(KEY): "agent"}

    assert (severity, place) == ("failure", "home/.ssh/authorized_keys:1")
    assert what == (
        "an unknown key may log in: SHA256:nfrwv6O9QIZ6IFlaJTy1A6ANOS2YlpFlX/RdUG1GJ1U (mallory), "
        "options: from, environment; the file is from 3 days ago"
    )
    assert audited.told() == []


@pytest.mark.parametrize(("own", "severity"), [(True, "warning"), (False, "failure")])
def test_a_certificate_authority_is_reported_even_if_it_is_the_persons_own(
    own: bool,
    severity: str,
    audited: Audited,
) -> None:
    """It lets in whomever it signs for; `authorized_keys2` counts as well."""
    audited.put(".ssh/authorized_keys2", f"cert-authority ssh-ed25519 {KEY} ca\n")
    audited.own = {fingerprint(KEY): "agent"} if own else {}
    (told,) = audited.told()

    assert told[0] == severity
    assert "certificate authority" in told[2]


def test_leftovers_are_reported_once_they_are_old(audited: Audited) -> None:
    """What is young may belong to a copy under way."""
    for name in (".rsync-partial", ".sftp-partial", ".watch-partial", ".put-0123456789abcdef"):
        (audited.shared / name).mkdir()
        (audited.home / name).mkdir()
        os.utime(audited.shared / name, OLD)

    assert {(severity, place) for severity, place, _ in audited.told()} == {
        ("warning", f"shared/{name}")
        for name in (".rsync-partial", ".sftp-partial", ".watch-partial", ".put-0123456789abcdef")
    }


def test_hostile_names_are_text_and_their_fix_still_fits(audited: Audited) -> None:
    """Newlines, escapes and bytes that are no UTF-8 can be typed; pipes hold nobody up."""
    name = os.fsdecode(b"a'b\n\x1b[2J\xff $(touch x).pem")
    hostile = audited.put(name, PRIVATE_KEY)
    os.mkfifo(audited.home / ".bashrc")
    os.mkfifo(audited.home / ".netrc")
    os.mkfifo(audited.shared / ".env")
    (finding,) = [one for one in audited.findings() if one.severity == "failure" and "key" in one.what]

    assert "\\n\\x1b[2J\\udcff" in shown(str(finding))
    assert os.system(one_line(f"rm -- {typed(str(hostile))}")) == 0  # noqa: S605 - what a person types
    assert not hostile.exists()
    assert not (Path.cwd() / "x").exists()


def test_a_search_that_takes_too_long_is_ended_and_reported(audited: Audited, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the time is up there may be more; what was found until then counts."""
    audited.put("../shared/a.pem", PRIVATE_KEY)
    monkeypatch.setattr(search, "_SECONDS", 0)

    assert ("warning", "shared", "was not searched to the end") in audited.told()


EVERYDAY: dict[str, str | bytes] = {
    "repo/.git/config": f'[remote "origin"]\n\turl = https://me:{HF_TOKEN}@github.com/o/r.git\n',
    "work/repo/.git/config": f"[http]\n\textraheader = AUTHORIZATION: basic {API_KEY}\n",
    ".gitconfig": f'[url "https://me:{HF_TOKEN}@github.com/"]\n\tinsteadOf = https://github.com/\n',
    ".config/pip/pip.conf": f"[global]\nindex-url = https://me:{API_KEY}@pypi.corp/simple\n",
    ".pip/pip.conf": f"[global]\nindex-url = https://me:{API_KEY}@pypi.corp/simple\n",
    ".condarc": f"channels:\n  - https://me:{API_KEY}@conda.corp/t\n",
    ".curlrc": f'header = "Authorization: Bearer {API_KEY}"\n',
    ".wgetrc": f"http_password={API_KEY}\n",
    ".config/fish/fish_variables": f"SETUVAR --export WANDB_API_KEY:{API_KEY}\n",
    ".config/fish/conf.d/x.fish": f"set -gx WANDB_API_KEY {API_KEY}\n",
    ".tcshrc": f"setenv WANDB_API_KEY {API_KEY}\n",
    ".cshrc": f"setenv WANDB_API_KEY '{API_KEY}'\n",
    ".config/environment.d/x.conf": f"WANDB_API_KEY={API_KEY}\n",
    ".config/systemd/user/x.service": f"[Service]\nEnvironment=HF_TOKEN={HF_TOKEN}\n",
    ".tmux.conf": f"set-environment -g HF_TOKEN {HF_TOKEN}\n",
    ".history": f"#+1700000000\nsetenv HF_TOKEN {HF_TOKEN}\n",
    ".histfile": f": 1700000000:0;export WANDB_API_KEY={API_KEY}\n",
    ".ksh_history": f"export WANDB_API_KEY={API_KEY}\n",
    ".sqlite_history": f"-- {HF_TOKEN}\n",
    ".local/state/bash/history": f"export WANDB_API_KEY={API_KEY}\n",
    ".local/share/nvim/shada/main.shada": b"\x01\xc4" + HF_TOKEN.encode() + b"\xff\n",
    ".jupyter/jupyter_server_config.json": f'{{"IdentityProvider":{{"token":"{API_KEY}"}}}}',
    "run.sh": f"#!/bin/sh\npython train.py --token {API_KEY}\n",
    ".ssh-transport-run/train-1.sh": f"WANDB_API_KEY={API_KEY} python train.py\n",
    ".ssh-transport-run/train-1.log": f"logged in by {HF_TOKEN}\n",
}
START_UP = f"""\
if true; then
  export HF_TOKEN={HF_TOKEN}
fi
export A=1 \\
  HF_TOKEN="{HF_TOKEN}"
for f in a b; do export WANDB_API_KEY='{API_KEY}'; echo "\u00e9 $f"; done
PATH=$PATH:/opt/x; export HF_TOKEN={HF_TOKEN} WANDB_MODE=offline WANDB_API_KEY={API_KEY} PATH
case $1 in {HF_TOKEN}) echo a|b;; esac
: {"x" * 300} {HF_TOKEN}
git clone https://me:{API_KEY}@github.com/a/b
"""


@pytest.mark.parametrize("path", EVERYDAY)
def test_a_secret_in_an_everyday_place_is_found_and_its_fix_takes_it_away(path: str, audited: Audited) -> None:
    """By the audit and by the list of secrets; a file that is none but its owner's is a warning."""
    place = audited.put(path, EVERYDAY[path], 0o644)
    (finding,) = audited.findings()

    assert (finding.severity, finding.place.rpartition(":")[0]) == ("failure", str(place))
    assert [one.path for one in leaked_secrets(audited.box)] == [str(place)]
    subprocess.run(["sh", "-c", shlex.split(finding.fix)[-1]], check=True)
    assert audited.findings() == []


@pytest.mark.parametrize("sed", ["sed", "busybox sed"])
def test_the_fix_for_a_start_up_file_leaves_one_that_a_shell_reads(sed: str, audited: Audited) -> None:
    """Each value has a word in its place; all else stays, on a line with one too."""
    place = audited.put(".bashrc", START_UP)
    (finding,) = audited.findings()

    subprocess.run(["sh", "-c", shlex.split(finding.fix)[-1].replace(" sed ", f" {sed} ", 1)], check=True)

    assert place.read_text() == START_UP.replace(HF_TOKEN, "removed").replace(API_KEY, "removed")
    subprocess.run(["bash", "-n", place], check=True)
    assert audited.findings() == []


def test_a_repository_on_a_shared_disk_is_looked_into(audited: Audited) -> None:
    """What programs keep in it is not."""
    config = audited.put("../shared/repo/.git/config", EVERYDAY["repo/.git/config"])
    audited.put("../shared/.git/x/a.pem", PRIVATE_KEY)

    assert audited.told() == [("failure", "shared/repo/.git/config", "a repository's settings with a login")]
    assert config.exists()


@pytest.mark.parametrize("path", [".bash_history", "lib.sh"])
def test_what_is_searched_in_part_is_never_clean(path: str, audited: Audited) -> None:
    """Neither by the audit nor by the list of secrets; whatever is behind the part may hold a token."""
    place = audited.put(path, "git config --global user.name someone\n" * 20_000)

    assert audited.told() == [("warning", f"home/{path}", "was not searched to the end")]
    assert [(one.path, one.kind) for one in leaked_secrets(audited.box)] == [(str(place), CUT_SHORT)]


def test_what_is_here_is_judged_by_its_modes(home: Path, ssh: SshFiles) -> None:
    """A private key, the config and the directory; public halves may be read."""
    for name, text, mode in (
        ("id_a", PRIVATE_KEY, 0o644),
        ("id_b", PRIVATE_KEY, 0o600),
        ("id_a.pub", "x", 0o644),
        ("config", "", 0o664),
    ):
        (home / ".ssh" / name).write_text(text)
        (home / ".ssh" / name).chmod(mode)
    (home / ".ssh").chmod(0o755)
    found = [(one.severity, Path(one.place).name, one.fix.split()[:2]) for one in examine_here(ssh)]

    assert found == [
        ("warning", ".ssh", ["chmod", "700"]),
        ("failure", "config", ["chmod", "600"]),
        ("failure", "id_a", ["chmod", "600"]),
    ]


def test_an_endpoint_without_commands_is_refused_before_anything_starts(audited: Audited) -> None:
    """With the way to a better one."""
    profile = profiles.named("runpod")
    weak = msgspec.structs.replace(profile.endpoints[0], capabilities=())
    vars(audited.box)["platform"] = (profile, weak)

    with pytest.raises(TaskError, match="has no exec"):
        examine_box(audited.box)
    assert audited.shell.said == []


def test_one_key_among_many_files_is_found(audited: Audited) -> None:
    """Files are ruled out by the batch; in a batch with a key each is looked at."""
    for number in range(150):
        (audited.shared / f"{number:03}.txt").write_text("nothing\n")
    for name in ("000.txt", "070.txt", "149.txt"):
        (audited.shared / name).write_text(PRIVATE_KEY)

    assert sorted(place for _, place, _ in audited.told()) == [
        f"shared/{name}" for name in ("000.txt", "070.txt", "149.txt")
    ]
