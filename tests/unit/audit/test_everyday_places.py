"""A token in a place that everybody has is found, and the fix leaves a file that works."""

from __future__ import annotations

import shlex
import subprocess
from typing import TYPE_CHECKING

import pytest

from ssh_transport.facts.leaked_secrets import CUT_SHORT, leaked_secrets
from tests.support.tokens import API_KEY, HF_TOKEN, PRIVATE_KEY

if TYPE_CHECKING:
    from tests.support.audited import Audited


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
