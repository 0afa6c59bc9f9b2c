"""What an rsync says of itself and of the other side."""

from __future__ import annotations

from ssh_transport import errors

from .symptom import Stage, Symptom

_BEFORE_A_WORD: frozenset[Stage] = frozenset(
    {
        *(
            "here",
            "way",
            "greeting",
            "algorithms",
            "host key",
            "key",
            "penalty",
            "account",
            "login",
            "session",
            "program",
        ),
        *("start-up files", "options there", "rsync", "mac", "link", "rsync's end"),
    }
)
_USAGE = 1
_TOO_OLD = "it is too old for that option, or it is openrsync, as on a Mac or OpenBSD"
_OPTION = r"^(?:open)?rsync: (?:\(\w+\) )?(?:on remote machine: )?(?P<option>-[\w=.,-]*): unknown option"
_ODD_OPTION = (
    r"\brsync: (?:unrecognized|unknown|illegal|invalid) option(?: --)? ?[`'\"]?(?P<option>[\w-]+)"
    r"|^openrsync: (?:unrecognized|unknown|illegal|invalid|ambiguous) option(?: --)? ?[`'\"]?(?P<other>[\w-]+)"
)
# With the version of whoever says it.
_OWN_USAGE = r"^rsync error: syntax or usage error |^usage: (?:open)?rsync\b"
_LOOK_THERE = "see what it is: ssh {box} 'rsync --version | head -n 1'; --engine=sftp does without it"
_LOOK_HERE = "see what it is: rsync --version; on a Mac `brew install rsync`, or do without it: --engine=sftp"

SYMPTOMS = (
    Symptom(
        "start-up files",
        r"is your shell clean\?|^\S*:? ?Received message too long \d+|remote shell produces no output",
        errors.CommandFailed,
        "a start-up file on {who} prints something where only the copy may",
        "~/.bashrc, ~/.zshrc or the like prints a word, or calls `stty`, in a shell without a terminal",
        "see what: ssh {box} true | head -c 200; its first line should be: case $- in *i*) ;; *) return ;; esac",
    ),
    Symptom(
        "options there",
        _OPTION,
        errors.UsageError,
        "the rsync on `{box}` does not know `{option}`",
        _TOO_OLD,
        _LOOK_THERE,
    ),
    Symptom(
        "options there",
        _ODD_OPTION,
        errors.UsageError,
        "the rsync on `{box}` does not know `{option}{other}`",
        _TOO_OLD,
        _LOOK_THERE,
    ),
    Symptom(
        "options there",
        _OWN_USAGE,
        errors.UsageError,
        "the rsync on `{box}` does not know an option of the copy",
        _TOO_OLD,
        _LOOK_THERE,
        frozenset({"options there"}),
    ),
    Symptom(
        "options here",
        r"^rsync: on remote machine: (?P<option>-[\w=.,-]*): unknown option",
        errors.UsageError,
        "the rsync on `{box}` does not know `{option}`",
        _TOO_OLD,
        _LOOK_THERE,
    ),
    Symptom(
        "options here",
        _OPTION,
        errors.UsageError,
        "the rsync of this machine does not know `{option}`",
        _TOO_OLD,
        _LOOK_HERE,
        codes=frozenset({_USAGE}),
    ),
    Symptom(
        "options here",
        _ODD_OPTION,
        errors.UsageError,
        "the rsync of this machine does not know `{option}{other}`",
        _TOO_OLD,
        _LOOK_HERE,
        codes=frozenset({_USAGE}),
    ),
    Symptom(
        "options here",
        r"^usage: openrsync\b",
        errors.UsageError,
        "the rsync of this machine does not know an option of the copy",
        "it is openrsync, as on a Mac or OpenBSD",
        _LOOK_HERE,
        frozenset({"options here"}),
        codes=frozenset({_USAGE}),
    ),
    Symptom(
        "rsync's usage",
        _OWN_USAGE,
        errors.UsageError,
        "rsync does not take these options",
        follows=frozenset({"options here"}),
    ),
    Symptom(
        "options here",
        r"^(?:unknown (?:checksum|compress) name: |Failed to negotiate a \w+ choice)"
        r"|^Your options have been rejected by the server|^The server is configured to refuse ",
        errors.UsageError,
        "the rsync on `{box}` and the one here have too little in common",
        "one of the two is too old, or set up to refuse options",
        _LOOK_THERE,
    ),
    Symptom(
        "rsync",
        r"^@ERROR: (?:auth failed|access denied)",
        errors.LoginRefused,
        "the rsync daemon of `{box}` refused the login",
        "its secrets file has another user or password",
        "copy by ssh instead: ssh-transport -H {box} transfer.pull --path=DIR",
    ),
    Symptom(
        "rsync",
        r"^ERROR: out of memory in |error allocating core memory buffers",
        errors.CommandFailed,
        "rsync ran out of memory",
        "the list of files was too long for one of the two machines",
        "copy directory by directory: ssh-transport -H {box} transfer.pull-each --path=DIR; "
        "see what is free: ssh {box} free -m",
    ),
    Symptom(
        "rsync's end",
        r"^rsync: (?:\[\w+\] )?connection unexpectedly closed \(0 bytes received so far\)"
        r"|^rsync: (?:\[\w+\] )?(?:\w+ )?(?:write error|writefd_unbuffered failed|safe_write failed|read error)",
        errors.LinkLost,
        "the connection to {who} broke",
        follows=_BEFORE_A_WORD,
    ),
    Symptom(
        "rsync's end",
        r"^rsync: (?:\[\w+\] )?connection unexpectedly closed |^unexpected tag |^invalid (?:multi-)?message "
        r"|^inflate returned |^over-long vstring |^Invalid (?:packet|file index|checksum|block|remainder) ",
        errors.LinkLost,
        "the connection to {who} broke",
        follows=frozenset({"rsync", "link", "mac", "rsync's end"}),
    ),
)
