"""A line of a history or a start-up file is told by the secret in it, not by what looks like one."""

from __future__ import annotations

import json

import pytest

from ssh_transport.credentials.tokens import has_token
from ssh_transport.facts.leaked_secrets import is_dump
from ssh_transport.facts.secret_lines import kind_of_line
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
        ("PGPASSWORD=Tr0ub4dor3 psql -h h", VARIABLE),
        ("SSHPASS='Xk29dkf83ksl' sshpass -e ssh box", VARIABLE),
        (f"echo {API_KEY} | wandb login", COMMAND),
        (f"printf '%s' {API_KEY} | docker login -u me --password-stdin", COMMAND),
        ("echo 'Xk29dkf83ksl' | sudo -S apt install x", COMMAND),
        ("docker login -u me -p Xk29dkf83ksl ghcr.io", COMMAND),
        (f"vastai set api-key {API_KEY}", COMMAND),
        (f"runpodctl config --apiKey {API_KEY}", COMMAND),
        (f"curl -H 'X-API-Key: {API_KEY}' https://x", COMMAND),
        (f'curl --header "PRIVATE-TOKEN: {API_KEY}" https://x', COMMAND),
        ("echo machine api.wandb.ai login user password Xk29dkf83ksl >> ~/.netrc", COMMAND),
        ("mysql -u root -pXk29dkf83ksl db", COMMAND),
        ("redis-cli -h h -a Xk29dkf83ksl ping", COMMAND),
        (f"jupyter lab --NotebookApp.token={API_KEY}", COMMAND),
        (f"jupyter lab --ServerApp.password='{API_KEY}'", COMMAND),
        ("openssl enc -aes-256-cbc --passphrase Xk29dkf83ksl", COMMAND),
        (f"huggingface-cli login {API_KEY}", COMMAND),
        ("export DATABASE_URL=postgres://u:Xk29dkf83ksl@h/d", VARIABLE),
        ("AWS_SECRET_ACCESS_KEY=/K7MDENGbPxRfiCYzEXAMPLEKEYwJalrXUtnFE1M aws s3 ls", VARIABLE),
    ],
)
def test_a_secret_in_a_line_is_recognised_by_its_kind(line: str, kind: str) -> None:
    """In whatever way a shell or a program was given it."""
    assert kind_of_line(line.encode()) == kind


@pytest.mark.parametrize("separator", ["\n", "\0"])
def test_an_environment_is_one_however_it_was_printed(separator: str) -> None:
    variables = {"PATH": "/bin", "HOME": "/root", "LANG": "C", "SHELL": "/bin/sh", "A_TOKEN": API_KEY, "PWD": "/"}
    printed = separator.join(f"{name}={value}" for name, value in variables.items())
    plain = {**variables, "A_TOKEN": "none"}

    assert is_dump(printed.encode())
    assert is_dump(json.dumps(variables).encode())
    assert is_dump(json.dumps(variables, indent=2).encode())
    assert not is_dump(json.dumps(plain).encode())
    assert not is_dump(json.dumps({"model": "x", "layers": 3}).encode())


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
        "echo hello | docker run -i image",
        "mysql -u root -p db",
        "docker run -p 8080:8080 image",
        "redis-cli -h h ping",
        "grep -r password: src",
        "curl -H 'Content-Type: application/json' https://x",
        "curl -H 'Authorization: Bearer $TOKEN' https://x",
        "jupyter lab --NotebookApp.token=''",
        "ssh -L 8888:localhost:8888 box",
        "vastai set api-key",
        "git config --global user.name me",
    ],
)
def test_what_holds_no_secret_is_passed_over(line: str) -> None:
    """Placeholders, files that are named, and commands that ask."""
    assert kind_of_line(line.encode()) == ""


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("out/sk-learn-model-2024-abcdefghijkl.pt", False),
        ("sk-proj-aB3dE6gH9jK2mN5pQ8sT", True),
        ("sk-0123456789abcdef0123456789abcdef", True),
        ("sk-qwertyuiopasdfghjklzxcvbnmqwertyuiopasdfghjklzxc", True),
    ],
)
def test_a_name_that_begins_as_a_key_is_none(text: str, is_one: bool) -> None:
    assert has_token(text.encode()) == is_one
