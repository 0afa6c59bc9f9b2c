"""Rules for what an ssh command leaves running, and for what it ends by mistake."""

from __future__ import annotations

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

_JOBS = frozenset({"command", "redirected_statement", "pipeline", "list", "subshell", "compound_statement"})
_OUTPUTS = frozenset({1, 2})
_PGREP_WITH_VALUE = "dFgGPrstuU"
# In such a pattern nothing but anchors, dots and brackets is special: it can be tried without a surprise.
_PLAIN_PATTERN = re.compile(r"[^*+?{}()|\\]+")


def left_open(script: Script) -> Iterator[Hit]:
    if not script.login or any(command.name == "wait" for command in script.commands):
        return
    by_exec = _redirected_by_exec(script)
    for at in script.nodes:
        following = at.node.next_sibling
        if at.kind not in _JOBS or following is None or following.type != "&":
            continue
        is_list = at.kind == "list" or any(child.type == "list" for child in at.node.named_children[:1])
        own = frozenset() if is_list else _redirected(at.node)
        if not _OUTPUTS - own - by_exec - _redirected_around(at):
            continue
        why = "its redirection is that of the last command" if is_list and _redirected(at.node) else "it has no other"
        yield Hit(
            at.file_offset,
            f"a job behind `&` that holds the session's output, as {why}: ssh hangs until it ends, or ends it",
        )


def kills_itself(script: Script) -> Iterator[Hit]:
    if not script.login or script.login.reads_script:
        return
    line = script.source.text.decode("utf-8", "replace")
    for command in script.commands:
        given, operands = options(command.words, _PGREP_WITH_VALUE)
        if command.name not in {"pkill", "pgrep"} or not operands or "f" not in {letter for letter, _ in given}:
            continue
        if command.name == "pgrep" and not _feeds_a_kill(command):
            continue
        if _matches(operands[0].text, line):
            yield Hit(
                command.at.file_offset,
                f"`{command.name} -f {operands[0].text}` also matches the shell that runs it: its own words have that",
            )


def _redirected_by_exec(script: Script) -> frozenset[int]:
    """Return the outputs that an `exec >log 2>&1` gave to the whole script."""
    found: frozenset[int] = frozenset()
    for command in script.commands:
        if command.name == "exec" and not command.words:
            found |= frozenset(fd for at in command.redirections for fd in _outputs(at.node))
    return found


def _redirected(node: Node) -> frozenset[int]:
    return frozenset(fd for child in node.children if child.type == "file_redirect" for fd in _outputs(child))


def _redirected_around(at: SyntaxNode) -> frozenset[int]:
    """Return the outputs that the compound statements around a job have redirected."""
    holders = [outer for outer in at.ancestors() if outer.kind == "redirected_statement"]
    return frozenset(fd for holder in holders for fd in _redirected(holder.node))


def _outputs(redirect: Node) -> Iterator[int]:
    text = (redirect.text or b"").decode("utf-8", "replace")
    if text.startswith(("&>", ">&")) and not re.match(r">&\d", text):
        yield from _OUTPUTS
    elif match := re.match(r"([12]?)>", text):
        yield int(match[1] or 1)


def _feeds_a_kill(pgrep: Command) -> bool:
    """Whether what is found is killed: `kill $(pgrep ...)`, `pgrep ... | xargs kill`."""
    around = next((at for at in pgrep.at.ancestors() if at.kind == "command_substitution"), None)
    holder = around.parent if around else pgrep.pipeline
    return holder is not None and re.search(rb"\bkill\b", holder.text) is not None


def _matches(pattern: str, line: str) -> bool:
    """Whether a pattern finds a line of a shell that has it in its own words; `[x]yz` does not."""
    if not _PLAIN_PATTERN.fullmatch(pattern):
        return "[" not in pattern
    try:
        return re.search(pattern, f"sh -c {line}") is not None
    except re.error:
        return False


RULES = (
    Rule(
        "ST205",
        "No job behind `&` that holds the session's streams (E2)",
        "redirect all three, behind `;` and not `&&`: ssh HOST 'cd DIR; nohup CMD >log 2>&1 </dev/null &'; or use tmux",
        'ssh proj-1 "nohup ./train &"',
        "ssh proj-1 'nohup ./train >log 2>&1 </dev/null &'",
        left_open,
    ),
    Rule(
        "ST206",
        "No `pkill -f` that finds its own shell",
        "put brackets around a letter: ssh HOST 'pkill -f \"[t]rain.py\"'",
        "ssh proj-1 'pkill -f train.py'",
        "ssh proj-1 'pkill -f \"[t]rain.py\"'",
        kills_itself,
    ),
)
