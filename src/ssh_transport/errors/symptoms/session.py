"""What comes in place of a session: of a proxy for people, a forced command, a restricted account."""

from __future__ import annotations

from ssh_transport import errors

from .symptom import Symptom

DIRECT = (
    "copy the direct TCP endpoint from the platform's console: "
    "ssh-transport config.update {box} 'ssh -p PORT USER@HOST'"
)

SYMPTOMS = (
    Symptom(
        "session",
        r"(?i)\b(?:container|pod|instance|machine)\b.{0,80}\b(?:not|isn't) running\b",
        errors.LinkLost,
        "{who} is not running",
        "what answers is the platform's own ssh server, in front of it",
        "start it in the console; is the port the one that the console shows now? ssh-transport config.show {box}",
    ),
    Symptom(
        "session",
        r"^no shell (?:took what was typed at|is behind) the terminal$|^the shell at the terminal has no `stty`$",
        errors.EndpointTooWeak,
        "{who} has no shell that we can use at its terminal",
        "it runs no commands otherwise, and typed at a terminal they need a shell and `stty`",
        DIRECT,
    ),
    Symptom(
        "session",
        r"SSH client doesn.t support PTY|^PTY allocation request failed",
        errors.EndpointTooWeak,
        "{who} runs no commands",
        "it is a proxy that gives a shell to a person at a terminal, and nothing else",
        DIRECT,
    ),
    Symptom(
        "session",
        r"subsystem request failed on channel \d",
        errors.EndpointTooWeak,
        "{who} has no SFTP",
        "its sshd knows no `sftp`, or is a proxy for people",
        DIRECT,
    ),
    Symptom(
        "session",
        r"(?:exec|shell) request failed on channel \d",
        errors.EndpointTooWeak,
        "{who} runs no commands",
        "its sshd refuses them, or is a proxy for people",
        DIRECT,
    ),
    Symptom(
        "session",
        r"allows? sftp connections only|restricted by rssh|^\*\*\* forbidden|: restricted: cannot specify"
        r"|rrsync\b.*(?:does not run rsync|is not rsync|not allowed|has been disabled|Not invoked)"
        r"|does not provide shell access|[Ss]hell (?:access )?is (?:not enabled|disabled)",
        errors.EndpointTooWeak,
        "{who} runs no commands for this user",
        "the account is for files only, or has a forced command",
        "transfer.pull and transfer.push work by SFTP: leave out --engine=rsync and --verify",
    ),
    Symptom(
        "session",
        r"^sudo: (?:a password is required|a terminal is required|no tty present|sorry, you must have a tty)",
        errors.PermissionRefused,
        "sudo on {who} asks for a password, and nobody answers",
        "the user may become root only at a terminal, or only with a password",
        "log in as root, or let the user do it without: ssh -t {box} sudo visudo",
    ),
    Symptom(
        "session",
        r"\bfork: (?:retry: )?(?:Resource temporarily unavailable|Cannot allocate memory)|Container \S+ is not running"
        r"|cannot exec in a stopped",
        errors.LinkLost,
        "{who} starts no session",
        "it is out of memory or processes, or its container is stopped",
        "see what runs there in its console, and restart it",
    ),
    Symptom(
        "session",
        r"[Tt]his account is (?:currently )?not available|^Your shell \S* ?is not|No shell: ",
        errors.EndpointTooWeak,
        "{who} has no shell for this user",
        "the account's shell is nologin: it is for a service",
        "log in as another: ssh-transport config.update {box} 'ssh -p PORT USER@HOST'",
    ),
    Symptom(
        "session",
        r"[Ll]og ?in as (?:the )?(?:user )?[\"'`]?(?P<user>[\w.-]+)[\"'`]? (?:user )?(?:rather than|instead)",
        errors.LoginRefused,
        "{who} wants another user",
        "its image lets nobody in as root: the user is {user}",
        "set it in the alias: ssh-transport config.update {box} {user}@HOST",
    ),
)
