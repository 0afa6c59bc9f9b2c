"""Each rule of the linter strikes at what it is about, and at nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from docs.tables import LINT, current
from ssh_transport.lint import own
from ssh_transport.lint.rules import RULES

if TYPE_CHECKING:
    from ssh_transport.lint.rule import Rule

TOKEN = "hf_" + "aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0eF3h"
HEAD = "#!/usr/bin/env bash\nset -u\n"

BAD: dict[str, tuple[str, ...]] = {
    "ST001": (
        "set -u\n",
        "#!/bin/bash\nset -u\n",
        "#!/usr/bin/bash -e\nset -u\n",
        "\n#!/usr/bin/env bash\nset -u\n",
        "#!/usr/bin/env bash -e\nset -u\n",
    ),
    "ST002": (
        "#!/usr/bin/env bash\necho hi\n",
        "#!/usr/bin/env bash\nset -e\n",
        "#!/usr/bin/env bash\nf() { set -u; }\n",
        "#!/usr/bin/env bash\n(set -u; true)\n",
        "#!/usr/bin/env bash\necho 'set -u'\n# set -u\n",
    ),
    "ST003": (HEAD.replace("\n", "\r\n"), HEAD + "echo hi\r\n", "#!/usr/bin/env bash\r\nset -u\n"),
    "ST004": ("#!/bin/sh\nset -u\n", "#! /bin/sh\nset -u\n", "#!/usr/bin/env sh\nset -u\n", "#!/bin/dash\nset -u\n"),
    "ST101": (
        "ssh proj-1 'pkill -f train; python train.py'",
        "ssh proj-1 pkill train \\; ./run.sh",
        "timeout 9 ssh -o ConnectTimeout=3 \"$a\" 'pkill -9 -f src.train && nohup python -m src.train &'",
        'ssh proj-1 "sudo killall train || true; cd /root && exec ./train"',
        "ssh proj-1 bash -s <<'EOF'\nkill 12\n./train\nEOF\n",
        "ssh proj-1 \"bash -c 'pkill a; nohup ./b &'\"",
    ),
    "ST102": (
        "scp -r proj-1:/root/ckpt .",
        'scp -P 22 -rp ./data "$host:/data"',
        "timeout 3600 scp -o ConnectTimeout=9 -qr proj-1:ckpt ckpt && echo done",
        'scp -r "$SRC" "$DST"',
        "DST=me@proj-1:/data\nscp -P 22 -r ckpt $DST",
        'scp -r "$host:$dir" .',
        "scp -r ${user}@${host}:${dir}/runs ./",
        'scp -rq ./data "$1"',
        "for host in $hosts; do scp -r ./code $host:; done",
        'for host in a b; do scp -r "$host:/runs" "out/$host/"; done',
        'SCP="scp -P 2222 -q"\n$SCP -r ckpt proj-1:',
        'COPY="scp -r"\n$COPY ckpt proj-1:',
        'copy=(scp -r -P 22)\n"${copy[@]}" ckpt proj-1:',
        "while read -r h; do scp -r ./code $h:/x </dev/null; done <hosts",
    ),
    "ST104": (
        "ssh proj-1 \"echo 'KEY' > ~/.x_key\"",
        f"export HF_TOKEN={TOKEN}",
        f"hf auth login --token {TOKEN}",
        "curl -H 'Authorization: Bearer abc123def456ghi' https://example.org",
        "curl -u me:abc123def456 https://example.org",
        "wandb login 0123456789abcdef0123456789abcdef01234567",
        "export WANDB_API_KEY='0123456789abcdef0123456789abcdef01234567'",
        "sshpass -p hunter2secret ssh proj-1 date",
        "mysql --password=hunter2secret -e 'select 1'",
        f"ssh proj-1 'cat > ~/.netrc' <<'EOF'\nmachine x login me password {TOKEN}\nEOF\n",
        "echo 'machine x login me password hunter2secret' > ~/.netrc",
    ),
    "ST105": (
        "scp big.tar proj-1:/root/x/",
        'scp a b c "$host:/root/runs"',
        "mkdir -p /root/x; scp big.tar proj-1:/root/x/",
        "scp big.tar proj-1:/root/x/; ssh proj-1 'mkdir -p /root/x'",
        "ssh proj-1 'mkdir -p /root/y' && scp big.tar proj-1:/root/x/",
        'scp big.tar "$host:$target/"',
    ),
    "ST106": (
        "ssh -o StrictHostKeyChecking=no proj-1 date",
        "scp -oStrictHostKeyChecking=off a proj-1:",
        "ssh -o 'StrictHostKeyChecking no' proj-1",
        "ssh -o UserKnownHostsFile=/dev/null proj-1",
        "rsync -e 'ssh -p 22 -o stricthostkeychecking=no' a proj-1:b",
        "opts=(-o StrictHostKeyChecking=no)",
        "cat >> ~/.ssh/config <<EOF\nHost *\n    StrictHostKeyChecking no\nEOF\n",
        "printf 'Host *\\n  StrictHostKeyChecking no\\n' > config",
        "GIT_SSH_COMMAND='ssh -o StrictHostKeyChecking=no' git pull",
    ),
    "ST201": (
        "grep error|warning log.txt",
        "grep -E 'error'|'warning' log.txt",
        "ps aux | grep train|eval",
        'ssh proj-1 "grep -c loss|step train.log"',
        "hits=$(grep foo|bar file)",
        "poll() { grep foo|bar file; }",
        "egrep ^a|^b file",
        "tail -n 9 log | grep -i nan|inf | wc -l",
    ),
    "ST202": (
        "ssh proj-1 <<EOF\necho $HOME\nEOF\n",
        "ssh -T -p 22 proj-1 bash <<'EOF'\ndate\nEOF\n",
        "ssh proj-1 'bash -s' -- a <<'EOF'\ndate\nEOF\n",
        'timeout 60 ssh "$host" sudo sh -eu <<-EOF\n\tdate\n\tEOF\n',
        "ssh proj-1 bash -s <<'EOF' | cat\ndate\nEOF\n",
    ),
    "ST204": (
        'sshpass -p "$P" ssh proj-1 date',
        "sshpass -p$PASSWORD scp a proj-1:",
        'ssh proj-1 "wandb login $WANDB_API_KEY"',
        'ssh proj-1 HF_TOKEN="$HF_TOKEN" python train.py',
        "timeout 9 ssh proj-1 \"echo '${API_KEY}' > ~/.x_key\"",
    ),
    "ST205": (
        'ssh proj-1 "nohup ./train &"',
        "ssh proj-1 'nohup python t.py > log &'",
        "ssh proj-1 'cd /x && nohup python t.py >log 2>&1 </dev/null &'",
        "ssh -t proj-1 './train & echo started'",
        "ssh proj-1 'python t.py | tee log &'",
        "ssh proj-1 '(cd /x; ./t >log 2>&1) &'",
        "ssh proj-1 bash <<'EOF'\n./train &\nEOF\n",
        "ssh proj-1 \"bash -c 'setsid ./t &'\"",
    ),
    "ST206": (
        "ssh proj-1 'pkill -f train.py'",
        "ssh proj-1 pkill -9 -f train",
        'ssh proj-1 "pkill -f \'python train.py\' || true"',
        "ssh proj-1 'sudo pkill -INT -f train'",
        "ssh proj-1 'kill $(pgrep -f train.py)'",
        "ssh proj-1 'pgrep -f train | xargs kill -9'",
        "ssh proj-1 'pkill -f \"[t]rain.py\"; tail train.py.log'",
    ),
    "ST207": (
        "scp ~/.ssh/id_ed25519 proj-1:.ssh/",
        "scp -i ~/.ssh/other key.pem proj-1:",
        "scp .env proj-1:app/",
        "rsync -a code .env.production proj-1:app/",
        'KEY=~/.ssh/id_rsa\nscp "$KEY" "$host":.ssh/id_rsa',
        "scp proj-1:.ssh/id_rsa .",
    ),
    "ST208": (
        "ssh-keyscan -p 2222 proj-1 2>/dev/null >> known_hosts",
        "timeout 5 ssh-keyscan proj-1 | sort -u | tee --append ~/.ssh/known_hosts >/dev/null",
        "ssh-keyscan proj-1 >> ~/.ssh/known_hosts",
        "ssh-keyscan -t ed25519 -p 22 $host 2>/dev/null | tee -a ~/.ssh/known_hosts",
        "ssh-keyscan -H proj-1 > ~/.ssh/known_hosts 2>&1",
    ),
    "ST209": (
        "rsync -a --append proj-1:/root/ckpt .",
        "rsync --append -av a b:c",
        'timeout 9 rsync -a --append "$a" "$b:c"',
        "ssh proj-1 'rsync -a --append /a b:'",
        "while true; do rsync --append a b:c; done",
    ),
    "ST210": (
        "rsync -a --delete $SRC/ proj-1:/data/",
        "rsync -a --delete-after ./x/ proj-1:$DIR",
        "rsync --del -a $(pwd)/x/ proj-1:x/",
        "rsync -a --delete-excluded a/ ${host}:x/",
        'OPTS="-a --delete"\nrsync $OPTS a/ ${host}:x/',
        'for d in a b; do rsync -a --delete $d/ "proj-1:$d/"; done',
    ),
}  # fmt: skip

GOOD: dict[str, tuple[str, ...]] = {
    "ST001": (
        HEAD,
        "#!/usr/bin/env bash\r\nset -u\r\n",
        "#!/bin/sh\nset -u\n",
        "#!/usr/bin/env sh\nset -u\n",
        "# shellcheck shell=bash\nf() { :; }\n",
    ),
    "ST002": (
        HEAD,
        "#!/usr/bin/env bash\nset -euo pipefail\n",
        "#!/usr/bin/env bash\n# what it does\nset -o errexit -o nounset\n",
        "#!/bin/sh -u\necho hi\n",
        "#!/usr/bin/env bash\nset -e && set -u\n",
        "# shellcheck shell=bash\nf() { :; }\n",
    ),
    "ST003": (HEAD, HEAD + "printf 'a\\r\\n'\n", HEAD + "tr -d '\\r'\n", HEAD + "a=$'\\r'\n", HEAD + "\recho\n", ""),
    "ST004": (HEAD, "#!/bin/bash\n", "set -u\n", "#!/bin/ksh\n", "#!/usr/bin/env bash\nsh -c true\n"),
    "ST101": (
        "ssh proj-1 'pkill -f train'; ssh proj-1 'python train.py'",
        "ssh proj-1 'pkill train; sleep 1; pgrep -af train || echo CLEAN'",
        "ssh proj-1 'kill -0 12 && python more.py'",
        "pkill -f train; python train.py",
        "ssh proj-1 'python train.py; pkill -f train'",
        "ssh proj-1 'kill \"$(cat pid)\"; rm -f pid'",
        "ssh proj-1 'echo pkill; python train.py'",
    ),
    "ST102": (
        "rsync -a --partial-dir=.rsync-partial proj-1:/root/ckpt .",
        "scp config.yaml proj-1:",
        'for d in $dirs; do scp -r "proj-1:/runs/$d" .; done',
        'while read -r d; do scp -qr "proj-1:/runs/$d" . </dev/null; done <list',
        "cp -r a b",
        "echo scp -r proj-1:/root/ckpt .",
    ),
    "ST104": (
        "printf '%s\\n' \"$X_KEY\" | ssh proj-1 'umask 077; cat > ~/.x_key'",
        "export HF_TOKEN=$(cat ~/.hf_token)",
        'curl -H "Authorization: Bearer $TOKEN" https://example.org',
        "export API_KEY=your-api-key-here",
        "KEY_FILE=/etc/keys/server1.pem",
        'sort_key=field12name34 key="byobu-config"',
        'wandb login "$WANDB_API_KEY"',
        "echo hf_your_token_here",
        "KEY_ALGO=secp384r1",
        'LIBKEY="lib/x86_64-linux-gnu/libkeyutils.so.1"',
        "ssh proj-1 'echo done > status'",
    ),
    "ST105": (
        "ssh proj-1 'mkdir -p /root/x' && scp big.tar proj-1:/root/x/",
        'ssh "$host" "mkdir -p $dir/logs"\nscp a "$host:${dir}/"',
        "scp big.tar proj-1:",
        "scp big.tar proj-1:~/",
        "scp a b proj-1:/tmp/",
        "scp a proj-1:/root/x/a",
        "scp proj-1:/root/x/a ./new/",
        "ssh proj-1 bash setup.sh </dev/null\non_box 'mkdir -p /root/x'\nscp a proj-1:/root/x/",
        'ssh proj-1 "$prepare"\nscp a proj-1:/root/x/',
    ),
    "ST106": (
        "ssh -o StrictHostKeyChecking=accept-new proj-1 date",
        "ssh -o StrictHostKeyChecking=yes proj-1",
        "echo 'never say -o StrictHostKeyChecking=no'",
        "grep -q 'StrictHostKeyChecking no' ~/.ssh/config",
        "# ssh -o StrictHostKeyChecking=no proj-1",
        "cat <<EOF\nusage: ssh -o StrictHostKeyChecking=no\nEOF\n",
        "ssh proj-1 2>/dev/null",
    ),
    "ST201": (
        "grep -E 'error|warning' log.txt",
        "grep foo\\|bar log.txt",
        "ps aux | grep train | mytool",
        "ps aux | grep train| mytool",
        "ps aux|grep foo|mytool",
        "grep foo file|mytool",
        "lsmod|grep nfs|awk '{print $1}'",
        "filter() { cat; }; date | grep 1|filter",
        "tail -f log | grep error|head",
        "grep -f patterns|mytool",
        'dpkg -L x | grep "$dirs"|./sorted',
        "grep foo < log|mytool | cat",
    ),
    "ST202": (
        "ssh proj-1 'cat > file' <<EOF\ndata\nEOF\n",
        "ssh proj-1 'bash job.sh </dev/null'",
        "ssh proj-1 bash job.sh <<EOF\ndata\nEOF\n",
        "bash <<'EOF'\ndate\nEOF\n",
        "ssh -N -L 1:a:1 proj-1 <<EOF\nEOF\n",
        "ssh proj-1 'sh -c \"cat > a\"' <<EOF\ndata\nEOF\n",
    ),
    "ST204": (
        "sshpass -e ssh proj-1 date",
        'sshpass -f "$FILE" ssh -p "$PORT" proj-1',
        "printf '%s\\n' \"$WANDB_API_KEY\" | ssh proj-1 'umask 077; cat > ~/.wandb_key'",
        "ssh proj-1 'export WANDB_API_KEY=$(cat ~/.wandb_key); python train.py'",
        'ssh proj-1 "echo \\$WANDB_API_KEY"',
        'ssh proj-1 "cat $KEY_FILE"',
        'ssh -i "$SSH_KEY" proj-1 date',
        'echo "$HF_TOKEN" >/dev/null',
    ),
    "ST205": (
        "ssh proj-1 'nohup ./train >log 2>&1 </dev/null &'",
        "ssh proj-1 'cd /x; nohup ./t &>log &'",
        "ssh proj-1 'cd /x && { nohup ./t & } >log 2>&1'",
        "ssh proj-1 'exec >log 2>&1; ./a & ./b &'",
        "ssh proj-1 './a & ./b & wait'",
        "nohup ./train &",
        "ssh proj-1 date &",
        "ssh proj-1 'tmux new -d -s job ./train'",
        "ssh proj-1 './a && ./b'",
    ),
    "ST206": (
        "ssh proj-1 'pkill -f \"[t]rain.py\"'",
        "ssh proj-1 'pkill train'",
        "pkill -f train.py",
        "ssh proj-1 'pgrep -f train.py'",
        "ssh proj-1 'pkill -f \"^python train\"'",
        "ssh proj-1 bash <<'EOF'\npkill -f train.py\nEOF\n",
        "ssh proj-1 'pkill -F pid'",
    ),
    "ST207": (
        "inv keys.push --on proj-1",
        "scp -i ~/.ssh/id_ed25519 a proj-1:",
        "scp ~/.ssh/id_ed25519.pub proj-1:",
        "scp .env.example proj-1:",
        "rsync -a -e 'ssh -i key.pem' code proj-1:",
        "scp a.tar proj-1:.env",
        "cp .env b",
    ),
    "ST208": (
        "ssh -o StrictHostKeyChecking=accept-new proj-1 true",
        "ssh-keyscan proj-1 | ssh-keygen -lf -",
        "ssh-keyscan proj-1 > keys",
        "ssh-keyscan proj-1 | grep -v '^#'",
        "ssh-keygen -R proj-1 -f ~/.ssh/known_hosts",
    ),
    "ST209": (
        "rsync -a --partial-dir=.rsync-partial proj-1:/root/ckpt .",
        "rsync -a --append-verify a b:",
        "rsync -a 'x --append' b:",
        "echo rsync --append a b:",
        "cat --append a",
    ),
    "ST210": (
        'rsync -a --delete "${SRC:?}/" proj-1:/data/',
        "rsync -a $SRC/ proj-1:/data/",
        "rsync -a --delete ./x/ proj-1:/data/",
        "rm -rf --delete $SRC",
        'rsync -a --delete $RSYNC_OPTS ./x/ "proj-1:$DIR/"',
    ),
}  # fmt: skip


def ids(text: str) -> set[str]:
    return {finding.id for finding in own.findings("job.sh", text.encode())}


def test_every_rule_has_examples_of_both_kinds() -> None:
    """SyntaxNode least three scripts that it is about, five that look alike."""
    for rule in RULES:
        assert len(BAD[rule.id]) >= 3
        assert len(GOOD[rule.id]) >= 5


@pytest.mark.parametrize(("rule", "text"), [(rule, text) for rule, texts in BAD.items() for text in texts])
def test_a_rule_strikes(rule: str, text: str) -> None:
    """Once or more often."""
    assert rule in ids(text)


@pytest.mark.parametrize(("rule", "text"), [(rule, text) for rule, texts in GOOD.items() for text in texts])
def test_a_rule_is_silent(rule: str, text: str) -> None:
    """What looks alike is no finding."""
    assert rule not in ids(text)


@pytest.mark.parametrize("rule", [rule for rule in RULES if not rule.is_contract], ids=lambda rule: rule.id)
def test_the_examples_of_a_rule_are_what_they_say(rule: Rule) -> None:
    """The bad one is a finding, the good one is none of any rule."""
    body = "\ndate\nEOF" if "<<" in rule.bad else ""

    assert rule.id in ids(f"{HEAD}{rule.bad}{body}\n")
    assert ids(f"{HEAD}{rule.good}\n") == set()


def test_the_page_of_the_rules_is_current() -> None:
    """`python -m docs.tables` has nothing to write."""
    page = LINT.read_text()

    assert current(page) == page
    assert all(f"| {rule.id} |" in page for rule in RULES)
