"""What shells say, each in words of its own, that do not find or can't start a program."""

from __future__ import annotations

from ssh_transport import errors

from .symptom import Symptom

# Begun only where a word begins: a line may be one long word.
_NAME = r"(?<![\w./+~-])['\"‘`]?(?P<name>[\w./+~-]+)['\"’`]?"  # noqa: RUF001 - as coreutils quotes
_BY = r"(?:env|nohup|nice|stdbuf|timeout|setsid|flock|ionice|xargs|sudo|doas|exec|execvp|\w*sh)"
_IN_OTHER_WORDS = "|".join(
    (
        *("未找到命令", "找不到命令", "没有找到命令", "コマンドが見つかりません", "명령어를 찾을 수 없음"),
        *("[Kk]ommando nicht gefunden", "[Bb]efehl nicht gefunden", "commande introuvable", "comando non trovato"),
        *("orden no encontrada", "no se encontró la orden", "команда не найдена", "comando não encontrado"),
    )
)
# A group can have its name once: one pattern, one symptom.
_NOT_FOUND = (
    # bash, dash, ksh, mksh, tcsh, busybox, sudo; then zsh and xonsh, fish, nushell, Ubuntu's bash.
    rf"{_NAME}: (?:[Cc]ommand |inaccessible or )?not found\.*(?: \[No such file or directory\])?$",
    rf"command not found: {_NAME}$",
    rf"Unknown command:? {_NAME}$",
    rf"^(?:\S+: )?[Nn]o such command {_NAME}$",
    rf"^(?:Error: )?Command {_NAME} not found",
    # coreutils, util-linux, busybox; a shell that was given a path; zsh the same; a container.
    rf"\b{_BY}: (?:failed to (?:run command|execute) |can't execute |exec: )?{_NAME}: No such file or directory$",
    rf"\b(?:line )?\d+: {_NAME}: No such file or directory$",
    rf"no such file or directory: {_NAME}$",
    rf"exec: {_NAME}: executable file not found in ",
    # Windows.
    rf"{_NAME} is not recognized as (?:an internal|the name of)",
    # bash in the languages of its users.
    rf"{_NAME}\s?[:\uff1a]\s?(?:{_IN_OTHER_WORDS})",
)
_CANT_START = (
    rf"{_NAME}: (?:error while loading shared libraries|symbol lookup error|relocation error): ",
    r"not found \(required by (?P<name>\S+)\)$",
    r"Error relocating (?P<name>\S+): ",
    r"Error loading shared library \S+: .* \(needed by (?P<name>\S+)\)",
    rf"{_NAME}: (?:cannot execute|[Ee]xec format error|Permission denied$)",
)
# As a shell ends that finds nothing to run, or can't run it.
_NO_PROGRAM = frozenset({126, 127})
_UNFOUND = "the shell of the box does not find it: it is not installed, or on no PATH of a login"
_UNFIT = "a library that it needs is missing or too old there, or it is for another machine"
_LOOK = "look there, where it is on no PATH of a login: ssh {box} 'ls -l /usr/bin /usr/local/bin /opt/*/bin'"


def _rsync(pattern: str, what: str, cause: str, hint: str) -> Symptom:
    names = frozenset({"rsync"})
    return Symptom("program", pattern, errors.ToolMissing, what, cause, hint, names=names)


SYMPTOMS = (
    *(_rsync(pattern, "no rsync on the box", _UNFOUND, "--install-rsync puts it there") for pattern in _NOT_FOUND),
    *(
        _rsync(pattern, "the rsync on `{box}` does not start", _UNFIT, "see what it lacks: ssh {box} rsync --version")
        for pattern in _CANT_START
    ),
    *(
        Symptom(
            "session",
            pattern,
            errors.EndpointTooWeak,
            "`{box}` has no SFTP",
            "its sshd names a program for it that is not there",
            "install it there, or go by rsync: see ssh {box} grep -i sftp /etc/ssh/sshd_config",
            names=frozenset({"sftp-server"}),
        )
        for pattern in _NOT_FOUND
    ),
    *(
        Symptom(
            "here",
            pattern,
            errors.ToolMissing,
            "this machine has no `{name}`",
            "it is not installed, or not where the PATH of this process says",
            "install it here: `apt install openssh-client`, or on a Mac `brew install openssh`",
            names=frozenset({"ssh"}),
        )
        for pattern in _NOT_FOUND
    ),
    # Nobody has greeted us yet: it is what a `ProxyCommand` names, here or on a jump.
    *(
        Symptom(
            "proxy",
            pattern,
            errors.ToolMissing,
            "the proxy command of `{box}` can't be run: there is no `{name}` on this machine, or on its jump",
            "the shell that runs it does not find the program",
            "install it, or change `ProxyCommand` in the alias",
        )
        for pattern in _NOT_FOUND
    ),
    *(
        Symptom(
            "program",
            pattern,
            errors.ToolMissing,
            "no `{name}` on `{box}`",
            _UNFOUND,
            _LOOK,
            codes=_NO_PROGRAM,
        )
        for pattern in _NOT_FOUND
    ),
    *(
        Symptom(
            "program",
            pattern,
            errors.ToolMissing,
            "`{name}` does not start on `{box}`",
            _UNFIT,
            "see what it lacks: ssh {box} ldd {name_there}",
            codes=_NO_PROGRAM,
        )
        for pattern in _CANT_START
    ),
)
