"""Whatever other libraries raise becomes one of ours."""

from __future__ import annotations

import errno
import inspect
import os
import socket
import sys
from typing import TYPE_CHECKING, NamedTuple

import paramiko
import pytest
from fabric import exceptions as fabric_exceptions
from invoke import exceptions as invoked
from invoke.collection import Collection
from invoke.runners import Result
from invoke.util import ExceptionWrapper
from paramiko import pkey, ssh_exception
from paramiko.pkey import UnknownKeyType

from ssh_transport import errors
from ssh_transport.box.beside import Beside
from ssh_transport.errors.translation import translate, translated
from ssh_transport.terminal.task import task
from tests.support.ours import raises

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

    from invoke.context import Context

_KEY = paramiko.ECDSAKey.generate()
_RESULT = Result(stderr="it said no", exited=3, command="false")
_WRAPPED = ExceptionWrapper({}, ValueError, ValueError("x"), None)

# Those that can't be made from one word.
_SAMPLES: dict[type[BaseException], BaseException] = {
    ssh_exception.BadAuthenticationType: ssh_exception.BadAuthenticationType("no", ["publickey"]),
    ssh_exception.BadHostKeyException: ssh_exception.BadHostKeyException("web", _KEY, _KEY),
    ssh_exception.ChannelException: ssh_exception.ChannelException(1, "prohibited"),
    ssh_exception.NoValidConnectionsError: ssh_exception.NoValidConnectionsError(
        {("127.0.0.1", 22): ConnectionRefusedError(errno.ECONNREFUSED, "Connection refused")}
    ),
    ssh_exception.ProxyCommandFailure: ssh_exception.ProxyCommandFailure("nc", "no"),
    invoked.AuthFailure: invoked.AuthFailure(_RESULT, "password:"),
    invoked.CollectionNotFound: invoked.CollectionNotFound("tasks", "/"),
    invoked.CommandTimedOut: invoked.CommandTimedOut(_RESULT, timeout=3),
    invoked.Failure: invoked.Failure(_RESULT),
    invoked.ThreadException: invoked.ThreadException([_WRAPPED]),
    invoked.UnexpectedExit: invoked.UnexpectedExit(_RESULT),
    UnknownKeyType: UnknownKeyType("ssh-new", b""),
    fabric_exceptions.GroupException: fabric_exceptions.GroupException({}),
}
_PASS_THROUGH = {invoked.Exit, invoked.ParseError}


def foreign(*modules: ModuleType) -> list[type[BaseException]]:
    """Return every public exception class of the modules."""
    classes = [
        value
        for module in modules
        for name, value in vars(module).items()
        if inspect.isclass(value) and issubclass(value, BaseException) and not name.startswith("_")
    ]
    return list(dict.fromkeys(classes))


@pytest.mark.parametrize(
    "kind",
    [kind for kind in foreign(ssh_exception, paramiko, pkey, invoked, fabric_exceptions) if kind not in _PASS_THROUGH],
    ids=lambda kind: f"{kind.__module__}.{kind.__name__}",
)
def test_no_foreign_exception_is_called_a_defect(kind: type[BaseException]) -> None:
    """Every exception of Paramiko, Invoke and Fabric has an error of ours, with the box in it where one is meant."""
    error = translate(_SAMPLES.get(kind) or kind("said"), "web")

    assert not isinstance(error, errors.Defect)
    assert error.what
    assert "{box}" not in str(error)


class Case(NamedTuple):
    exc: BaseException
    kind: type[errors.TaskError]
    shows: str = ""


def no_route(number: int) -> ssh_exception.NoValidConnectionsError:
    return ssh_exception.NoValidConnectionsError({("127.0.0.1", 22): OSError(number, "why")})


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(
            Case(_SAMPLES[ssh_exception.NoValidConnectionsError], errors.Refused, "Connection refused"),
            id="refused at every address",
        ),
        pytest.param(Case(no_route(errno.EHOSTUNREACH), errors.Unreachable, "why"), id="no route at any address"),
        pytest.param(
            Case(paramiko.SSHException("Error reading SSH protocol banner"), errors.Unreachable, "no SSH server"),
            id="no banner",
        ),
        pytest.param(Case(paramiko.SSHException("Timeout opening channel."), errors.LinkLost), id="any SSHException"),
        pytest.param(Case(EOFError(), errors.LinkLost), id="end of stream"),
        pytest.param(Case(socket.gaierror(-2, "Name or service not known"), errors.NameNotFound), id="no such name"),
        pytest.param(Case(TimeoutError("timed out"), errors.Unreachable, "timed out"), id="timeout"),
        pytest.param(Case(ConnectionResetError(errno.ECONNRESET, "reset"), errors.LinkLost), id="reset"),
        pytest.param(
            Case(OSError(errno.ENOSPC, "No space left", "/ckpt"), errors.NoSpace, "No space left: /ckpt"),
            id="disk full",
        ),
        pytest.param(Case(OSError(errno.EDQUOT, "quota"), errors.NoSpace), id="quota"),
        pytest.param(Case(OSError(errno.EROFS, "read-only"), errors.ReadOnly), id="read-only"),
        pytest.param(Case(PermissionError(errno.EACCES, "denied", "/x"), errors.PermissionRefused), id="no access"),
        pytest.param(Case(FileNotFoundError(errno.ENOENT, "none", "/x"), errors.NoSuchPath, "none: /x"), id="no file"),
        pytest.param(Case(KeyboardInterrupt(), errors.Interrupted), id="Ctrl-C"),
        pytest.param(Case(invoked.UnexpectedExit(_RESULT), errors.CommandFailed, "it said no"), id="command failed"),
        pytest.param(
            Case(_SAMPLES[ssh_exception.BadAuthenticationType], errors.LoginRefused, "the server accepts: publickey"),
            id="accepted methods",
        ),
        pytest.param(
            Case(ssh_exception.PasswordRequiredException("locked"), errors.LoginRefused, "ssh-add"),
            id="passphrase before login",
        ),
        pytest.param(Case(ZeroDivisionError("oops"), errors.Defect, "ZeroDivisionError: oops"), id="unknown"),
    ],
)
def test_an_exception_becomes_what_a_person_meets(case: Case) -> None:
    """The most specific entry decides the class, and what was said is the cause."""
    error = translate(case.exc, "web")

    assert case.kind is type(error)
    assert case.shows in str(error)


def test_an_error_of_ours_stays_itself() -> None:
    """A translated error is not translated again."""
    error = errors.NoSpace("full")

    assert error is translate(error, "web")


@pytest.mark.parametrize("exc", [invoked.Exit("bye"), invoked.ParseError("huh")], ids=["Exit", "ParseError"])
def test_what_invoke_prints_itself_passes_through(exc: Exception) -> None:
    """Invoke's own exits are not ours to word."""
    with pytest.raises(type(exc)) as caught, translated("web"):
        raise exc

    assert exc is caught.value


def test_of_what_our_own_code_raises_only_errors_of_ours_come_out() -> None:
    """What was raised is kept as the cause, for `--debug`."""
    exc = OSError(errno.ENOSPC, "full")
    with pytest.raises(errors.NoSpace) as caught, translated("web"):
        raises(exc)

    assert exc is caught.value.__cause__


@pytest.mark.parametrize("exc", [TimeoutError("my alarm"), ValueError("my own"), KeyboardInterrupt()])
def test_what_a_caller_or_their_signal_handler_raises_stays_theirs(exc: BaseException) -> None:
    with pytest.raises(type(exc)) as caught, translated("web"):
        raise exc

    assert exc is caught.value


def test_what_a_callback_of_the_caller_raises_while_we_call_it_stays_theirs() -> None:
    exc = TimeoutError("my alarm")

    def job() -> None:
        raise exc

    with pytest.raises(TimeoutError) as caught, translated("web"):
        Beside(job).result()

    assert exc is caught.value


def test_a_task_has_no_short_flags() -> None:
    """A new parameter can't take the letter of an old one."""

    @task(help={"name": "Who"})
    def greet(_: Context, name: str = "") -> str:
        """Say hello."""
        return f"hello {name}"

    flags = Collection(greet).to_contexts()[0].flags

    assert list(flags) == ["--name"]
    assert "-n" not in flags
    assert greet.__doc__ == "Say hello."


def test_a_task_translates_what_its_body_raises(context: Callable[..., Context]) -> None:
    """A Python caller of a task sees errors of ours too."""

    @task(help={})
    def fail(_: Context) -> None:
        raises(OSError(errno.ENOSPC, "full"))

    with pytest.raises(errors.NoSpace):
        fail(context())


def test_a_task_must_explain_its_flags() -> None:
    """There is no task without `help`."""
    with pytest.raises(TypeError, match="help"):
        task()  # type: ignore[call-arg]


@pytest.mark.parametrize("number", [errno.ENOTDIR, errno.EISDIR, errno.EEXIST, errno.ENAMETOOLONG, errno.ELOOP])
def test_a_wrong_local_path_is_no_defect(number: int) -> None:
    """`transfer.pull --to=FILE/` fails with `File exists`, which is the person's to mend."""
    error = translate(OSError(number, os.strerror(number), "/x"))

    assert isinstance(error, errors.LocalFileError)
    assert f"{os.strerror(number)}: /x" == error.cause


def test_any_other_word_of_the_system_is_no_defect() -> None:
    """An `OSError` that no table knows is this machine's, not ours."""
    assert type(translate(OSError(errno.EIO, "Input/output error"))) is errors.LocalFileError
    assert type(translate(UnicodeDecodeError("ascii", b"x", 0, 1, "no"))) is errors.UsageError


def test_a_number_that_is_far_too_long_is_no_defect() -> None:
    """A box may write any."""
    with pytest.raises(ValueError, match="digits") as caught:
        int("1" * 5000)

    error = translate(caught.value, "proj-1")

    assert (type(error), error.what) == (errors.CommandFailed, "a number has thousands of digits")


def test_a_host_called_banner_can_change_its_key() -> None:
    """The name of a host in a message is not the word that tells a missing banner."""
    exc = paramiko.BadHostKeyException("banner.example", _KEY, paramiko.ECDSAKey.generate())

    assert isinstance(translate(exc, "web"), errors.HostKeyChanged)


@pytest.mark.parametrize(
    ("argv", "shows"),
    [
        (["/usr/bin/fab", "-H", "a b", "transfer.pull"], "fab -H 'a b' transfer.pull"),
        (["inv", "config.list"], "inv config.list"),
        (["/x/pytest", "-k", "it"], "run it again"),
    ],
    ids=["fab", "inv", "another program"],
)
def test_after_ctrl_c_the_same_command_goes_on(argv: list[str], shows: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The hint repeats what was typed, where it was typed."""
    monkeypatch.setattr(sys, "argv", argv)

    assert translate(KeyboardInterrupt()).hint == f"go on where it stopped: {shows}"
