"""The rule for `grep foo|bar file`: for the shell `|` is a pipe, and `grep foo` waits for standard input for ever."""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING

from ssh_transport.lint.command import options
from ssh_transport.lint.rule import Hit, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tree_sitter import Node

    from ssh_transport.lint.command import Command
    from ssh_transport.lint.script import Script
    from ssh_transport.lint.syntax import SyntaxNode

_GREPS = frozenset(["grep", "egrep", "fgrep", "zgrep", "bzgrep", "xzgrep", "zstdgrep", "pcregrep", "rg", "ugrep"])
_WITH_VALUE = "ABCDdefm"
# Programs that read standard input, so that a pipe into them is intended.
_READERS = frozenset({
    "apt-key", "ash", "awk", "base64", "bash", "bc", "bsdtar", "bunzip2", "busybox", "bzip2", "cat", "chpasswd",
    "cksum", "clip.exe", "cmp", "col", "colrm", "column", "comm", "cpio", "crontab", "csplit", "csvcut", "curl",
    "cut", "dash", "dc", "dd", "debconf-set-selections", "diff", "docker", "egrep", "expand", "fgrep", "fmt",
    "fold", "fzf", "gawk", "git", "gpg", "grep", "gsed", "gzip", "head", "hexdump", "iconv", "join", "jq", "ksh",
    "kubectl", "less", "logger", "lolcat", "lpr", "lz4", "mail", "mailx", "mapfile", "mawk", "md5sum", "more",
    "msmtp", "mysql", "nawk", "nc", "ncat", "netcat", "nl", "node", "numfmt", "od", "openssl", "parallel", "paste",
    "patch", "pbcopy", "perl", "php", "pigz", "pr", "psql", "pv", "python", "python2", "python3", "read",
    "readarray", "rev", "rg", "ruby", "sed", "sendmail", "sftp", "sh", "sha1sum", "sha256sum", "sha512sum", "shuf",
    "sort", "split", "sponge", "sqlite3", "ssh", "strings", "sudo", "sum", "systemd-cat", "tac", "tail", "tar",
    "tclsh", "tee", "tesseract", "tr", "tsort", "ts", "uconv", "unexpand", "uniq", "unzstd", "uudecode", "vim",
    "wc", "wget", "while", "whiptail", "xargs", "xclip", "xmllint", "xsel", "xxd", "xz", "yq", "zcat", "zgrep",
    "zsh", "zstd",
})  # fmt: skip
_PLAIN_NAME = re.compile(r"[\w.+-]+")


def unquoted_alternatives(script: Script) -> Iterator[Hit]:
    by_span = {_span(command.at.node): command for command in script.commands}
    for pipeline in (at for at in script.nodes if at.kind == "pipeline"):
        if pipeline.node.has_error:
            continue
        stages = _stages(pipeline.node, by_span)
        bars = [child for child in pipeline.node.children if child.type in {"|", "|&"}]
        tight = [_is_tight(pipeline.source.text, bar.start_byte, bar.end_byte) for bar in bars]
        mixed = not all(tight)
        for position, (left, right) in enumerate(itertools.pairwise(stages)):
            if not left or not right or not tight[position] or not _ends_with_pattern(left, bars[position]):
                continue
            first_reads_terminal = position == 0 and not _is_fed(pipeline, left)
            if _is_quoted(right) or (
                _is_no_reader(right, script) and (first_reads_terminal or mixed or _is_pattern(right))
            ):
                ends = "waits for standard input for ever" if first_reads_terminal else "ends the pipe there"
                yield Hit(
                    right.at.file_offset,
                    f"`|{_name(right)}` runs a command, it is not part of the pattern; `{left.name}` {ends}",
                )


def _stages(pipeline: Node, by_span: dict[tuple[int, int], Command]) -> list[Command | None]:
    """Return the commands between the bars, None for each that is no simple command."""
    stages: list[Command | None] = []
    for child in pipeline.named_children:
        if child.type != "comment":
            body = child.child_by_field_name("body") if child.type == "redirected_statement" else child
            stages.append(by_span.get(_span(body)) if body else None)
    return stages


def _span(node: Node) -> tuple[int, int]:
    return node.start_byte, node.end_byte


def _is_tight(text: bytes, start: int, end: int) -> bool:
    return not text[start - 1 : start].isspace() and not text[end : end + 1].isspace()


def _ends_with_pattern(grep: Command, bar: Node) -> bool:
    """Whether it is a `grep` with a pattern and no file, and the bar directly follows the pattern."""
    if grep.name not in _GREPS:
        return False
    given, operands = options(grep.words, _WITH_VALUE)
    letters = {letter for letter, word in given if not word.text.startswith("--")}
    return len(operands) == 1 and not letters & set("efrR") and operands[0].at.node.end_byte == bar.start_byte


def _is_fed(pipeline: SyntaxNode, left: Command) -> bool:
    """Whether standard input may be another one than that of the script."""
    return any(b"<" in at.text[:2] for at in left.redirections) or pipeline.is_inside("pipeline", "while_statement")


def _is_quoted(right: Command) -> bool:
    """Whether its name is in quotes, which suggests a pattern."""
    name = right.at.node.child_by_field_name("name")
    quoted = name and name.named_children and name.named_children[0].type in {"raw_string", "string"}
    return bool(quoted) and "/" not in _name(right) and "$" not in _name(right) and right.name not in _READERS


def _is_pattern(right: Command) -> bool:
    return not _PLAIN_NAME.fullmatch(_name(right))


def _is_no_reader(right: Command, script: Script) -> bool:
    name = right.name
    return (
        bool(name)
        and not right.runners
        and name not in _READERS
        and name not in script.functions
        and "/" not in _name(right)
    )


def _name(command: Command) -> str:
    name = command.at.node.child_by_field_name("name")
    return (name.text or b"").decode("utf-8", "replace") if name else ""


RULES = (
    Rule(
        "ST201",
        "No unquoted `|` inside a pattern of `grep`",
        "quote the pattern: grep -E 'one|other'",
        "grep error|warning log.txt",
        "grep -E 'error|warning' log.txt",
        unquoted_alternatives,
    ),
)
