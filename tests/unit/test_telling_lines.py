"""A line of a history or a start-up file is told by the secret in it, not by what looks like one."""

from __future__ import annotations

import pytest

from ssh_transport.facts.telling_lines import kind_of_line
from tests.support.tokens import API_KEY, HF_TOKEN

COMMAND = "a password in a command"
VARIABLE = "the value of a secret variable"


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        (f"huggingface-cli login --token {HF_TOKEN}", "a token"),
        (f": 1700000000:0;export HF_TOKEN={HF_TOKEN}", "a token"),
        (f"export WANDB_API_KEY={API_KEY}", VARIABLE),
        (f": 1700000000:0;export WANDB_API_KEY='{API_KEY}'", VARIABLE),
        (f"- cmd: set -gx WANDB_API_KEY {API_KEY}", VARIABLE),
        (f"cd x && WANDB_API_KEY={API_KEY} python train.py", VARIABLE),
        (f'os.environ["WANDB_API_KEY"] = "{API_KEY}"', VARIABLE),
        (f"login(**{{'api_key': '{API_KEY}'}})", VARIABLE),
        (f"docker run -e MY_SECRET={API_KEY} image", VARIABLE),
        (f"wandb login --relogin {API_KEY}", COMMAND),
        ("sshpass -p 'Xk29dkf83ksl' ssh box", COMMAND),
        (f"tool --api-key {API_KEY}", COMMAND),
        (f"tool --password={API_KEY}", COMMAND),
        (f"curl -sS -u me:{API_KEY} https://x", COMMAND),
        (f"curl -H 'Authorization: Bearer {API_KEY}' https://x", COMMAND),
        (f"git clone https://me:{API_KEY}@github.com/a/b", "a password in an address"),
    ],
)
def test_a_secret_in_a_line_is_told_by_its_kind(line: str, kind: str) -> None:
    """In whatever way a shell or a program was given it."""
    assert kind_of_line(line.encode()) == kind


@pytest.mark.parametrize(
    "line",
    [
        "ls -la",
        'export HF_TOKEN="$(cat ~/.hf_key)"',
        "export HF_TOKEN=$HF_TOKEN",
        "export HF_TOKEN=hf_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
        "export OPENAI_API_KEY=your-key-here",
        "export SSH_KEY_PATH=/root/.ssh/id_ed25519",
        "ssh-keygen -t ed25519 -f ~/.ssh/key",
        "git clone https://github.com/a/b",
        "git clone ssh://git@github.com/a/b",
        "tool --token-file /root/.hf_key",
        "tool --max-tokens 4096 --tokenizer meta-llama/Llama-3",
        "wandb login",
        "curl -u me https://x",
        "monkey=banana-split-deluxe",
    ],
)
def test_what_holds_no_secret_is_passed_over(line: str) -> None:
    """Placeholders, files that are named, and commands that ask."""
    assert kind_of_line(line.encode()) == ""
