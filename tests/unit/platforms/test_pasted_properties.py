"""Whatever is around a command, it is read the same; no text raises anything else or keeps a secret."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssh_transport.errors import EndpointError, UsageError
from ssh_transport.platforms.endpoint import Endpoint, parse, read
from ssh_transport.platforms.endpoint.plain import LONGEST
from tests.support.examples import max_examples

pytestmark = pytest.mark.usefixtures("own_profiles")

_USERS = st.from_regex(r"(?!git$)[a-z_][a-z0-9._-]{0,10}[a-z0-9]", fullmatch=True)
_HOSTS = st.one_of(
    st.from_regex(r"[a-z][a-z0-9-]{0,8}[a-z0-9](\.[a-z0-9]{1,6}[a-z]){1,2}", fullmatch=True),
    st.ip_addresses(v=4).map(str),
)
_PORTS = st.integers(1, 65535)


@st.composite
def commands(draw: st.DrawFn) -> tuple[str, Endpoint]:
    """A command, and where it leads."""
    user, host, port = draw(_USERS), draw(_HOSTS), draw(_PORTS)
    form = draw(
        st.sampled_from(
            [
                "ssh -p {port} {user}@{host}",
                "ssh {user}@{host} -p {port}",
                "ssh -o StrictHostKeyChecking=no -p{port} {user}@{host}",
                "ssh -L 8080:localhost:8080 -p {port} {user}@{host}",
                "ssh.exe -p {port} {user}@{host}",
                "/usr/bin/ssh -p {port} {user}@{host}",
                "sudo ssh -p {port} {user}@{host}",
                "sshpass -p hunter2pw ssh -p {port} {user}@{host}",
                "autossh -M 0 -p {port} {user}@{host}",
                "ssh-copy-id -p {port} {user}@{host}",
                "sftp -P {port} {user}@{host}",
                "scp -P {port} ./d {user}@{host}:/x",
                "sshfs {user}@{host}:/x ./d -o port={port}",
                "plink -P {port} {user}@{host}",
                "ssh://{user}@{host}:{port}",
            ]
        )
    )
    return form.format(user=user, host=host, port=port), Endpoint(host=host, user=user, port=port)


# From the inside out: what quotes a command, what stands around it on its line, and what on others. The fullwidth
# punctuation is what chats make of it.
_QUOTES = ["{}", '"{}"', "'{}'", "`{}`", "“{}”", "「{}」", "**{}**", "<code>{}</code>", "({})", "```\n{}\n```"]
_AROUND = [
    "{}",
    "$ {}",
    "# {}",
    "PS C:\\Users\\me> {}",
    "me@laptop:~$ {}",
    "{}.",
    "{},",
    "{}。",
    "{}！",  # noqa: RUF001
    "登录指令：{}",  # noqa: RUF001
    "登录指令:{}  密码:hunter2pw",
    "SSH command: {}",
    "Log in with {}, password hunter2pw",
    "* {}",
    "1. {}",
    "> {}",
    "{} # my box",
    "{} && echo hi",
]
_LINES = [
    "{}",
    "{}\n密码\nhunter2pw",
    "Password: hunter2pw\n{}",
    "使用 ssh 登录:\n{}",
    "\n\n{}\n",
    "ssh-keygen -t rsa\n{}",
]


def same_place(one: Endpoint, other: Endpoint) -> bool:
    return (one.host, one.user, one.port) == (other.host, other.user, other.port)


@max_examples(400)
@given(commands(), st.sampled_from(_QUOTES), st.sampled_from(_AROUND), st.sampled_from(_LINES))
def test_what_is_around_a_command_changes_nothing(
    command: tuple[str, Endpoint], quotes: str, around: str, lines: str
) -> None:
    """Quotes, prompts, labels, markup and punctuation in any combination; and the password beside it is not kept."""
    text, expected = command
    pasted = lines.format(around.format(quotes.format(text)))
    found = read(pasted)

    assert same_place(found.endpoint, expected)
    assert "hunter2pw" not in repr(found)


@given(commands(), st.sampled_from([" \\\n  ", " `\n  ", " ^\r\n", "\n", "\u00a0", "\u3000", "  "]))
def test_a_command_may_go_on_in_the_next_line(command: tuple[str, Endpoint], between: str) -> None:
    """A continuation of any shell, a wrapped mail, or another kind of space in front of the host."""
    text, expected = command
    if "@" not in text.split()[-1] or not text.startswith(("ssh -p", "ssh -o", "sftp")):
        return
    first, _, last = text.rpartition(" ")

    assert same_place(parse(first + between + last), expected)


@given(commands(), st.randoms(use_true_random=False))
def test_the_better_of_two_is_taken_in_any_order(command: tuple[str, Endpoint], random: object) -> None:
    """RunPod's proxy gives a shell and nothing else; the other is taken, and both are told."""
    text, expected = command
    lines = ["ssh ab12-6441103b@ssh.runpod.io", text]
    random.shuffle(lines)  # type: ignore[attr-defined] # hypothesis calls it a Random in its stubs only
    found = read("\n".join(lines))

    assert same_place(found.endpoint, expected)
    assert [other.host for other in found.others] == ["ssh.runpod.io"]


_TEXT = (
    "ssh |-p |22|root@web|\"|'|`|\\|\n|{|}|[|]|(|)|<|>|:|=|,|;|&&|密码|password|: |host|主机|ip|port|->|://|-o |"
    "ProxyCommand|-i |~|$|$HOME/|%|**|*|#|rsync -e |scp |C:\\x|--|@|\t|  |\x1b[|&lt;|22/tcp|sshpass -p |Host a\n|"
    "-----BEGIN A PRIVATE KEY-----"
)
_PIECES = _TEXT.split("|")


@max_examples(500)
@given(st.one_of(st.text(max_size=80), st.lists(st.one_of(st.sampled_from(_PIECES), st.text(max_size=4))).map("".join)))
def test_no_text_raises_anything_else(text: str) -> None:
    """Any text is read or refused."""
    with contextlib.suppress(UsageError):
        assert read(text).endpoint.host


@pytest.mark.parametrize(
    "piece", [*_PIECES, "ssh -p 1 a@b ", "a@b ", "[a](", "<a ", "ssh -i '", "a.b:1 ", "-i \\\na@b "]
)
def test_a_long_text_of_one_kind_comes_to_an_end(piece: str) -> None:
    """What is repeated without end is looked at once: the test hangs if it is not."""
    with contextlib.suppress(UsageError):
        read((piece * LONGEST)[: LONGEST // 4])


def test_a_log_is_no_connection_string() -> None:
    """It is refused unread."""
    with pytest.raises(EndpointError) as caught:
        parse("x" * (LONGEST + 1))

    assert caught.value.cause == "it has more than 65,536 characters"


_SECRETS = st.from_regex(r"S[A-Za-z0-9]{7,12}[!#%+]", fullmatch=True)
_BESIDE = [
    "ssh -p 22 root@web.example 密码:{}",
    "ssh -p 22 root@web.example 密码 {}",
    "ssh -p 22 root@web.example, password: {}",
    "sshpass -p {} ssh root@web.example",
    "sshpass -p '{}' ssh -o ProxyCommand='ssh -W %h:%p gw' root@web.example",
    "ssh -o ProxyCommand='sshpass -p {} ssh -W %h:%p gw' root@web.example",
    "ssh -o ProxyCommand='ncat --proxy-auth me:{} %h %p' root@web.example",
    "ssh -o 'ProxyCommand cloudflared access ssh --hostname %h --secret {}' root@web.example",
    "plink -pw {} root@web.example",
    "ssh://root:{}@web.example:22",
    "root@web.example:22 / {}",
    "root@web.example:22 {}",
    "root@web.example:22:{}",
    "Host: web.example\nPort: 22\nPassword: {}",
    "Host: web.example\nPassword:\n{}\nPort: 22",
    "主机 web.example 密码 {} 端口 22",
    '{{"ssh_host": "web.example", "ssh_port": 22, "password": "{}"}}',
    '{{"command": "sshpass -p {} ssh root@web.example"}}',
    "| Host | Password |\n|---|---|\n| web.example | {} |",
    "ssh web.example {}",
    "SSH_PASS={} ssh root@web.example -Z",
    "ssh -p {} root@web.example",
    "ssh -J '{} x' root@web.example",
]


@given(_SECRETS, st.sampled_from(_BESIDE))
def test_a_secret_is_never_kept_or_shown(secret: str, beside: str) -> None:
    """Wherever it stands, it is in no endpoint, no remark and no error."""
    try:
        found = repr(read(beside.format(secret)))
    except UsageError as exc:
        found = str(exc)

    assert secret not in found
    assert secret[:-1] not in found
