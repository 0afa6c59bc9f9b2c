"""
What a script needs of a box's tools: each is tried on something known before anything is asked of it.

A box may lack a tool, or have one that fails, says nothing, or takes other options than those of coreutils and busybox.
What it was to find would then read as not there.
"""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

# What a script exits with that can't rely on a tool.
UNFIT = 86
_SAID = re.compile(r"^unfit tool: ([a-z0-9 ]+)$", re.MULTILINE)

# By the options that our scripts use. `/` is a directory and `/dev/null` is none on every box.
_CONTROLS: Mapping[str, str] = {
    "awk": """[ "$(printf 'a b\\n' | awk -v c=d '{ print $2 c }')" = bd ]""",
    "cat": '[ "$(printf ab | cat)" = ab ]',
    "cut": """[ "$(printf 'abc\\n' | cut -b 1-2)$(printf 'a b c\\n' | cut -d ' ' -f 2-3)" = "abb c" ]""",
    "date": '[ "$(date +%s)" -gt 1000000000 ]',
    "du": '[ "$(du -skx -- /dev/null | while read -r size _; do echo "$size"; done)" -ge 0 ]',
    "find": """[ "$(find / -maxdepth 0 -type d -exec sh -c 'echo "$1"' sh {} +)" = / ]"""
    ' && [ -z "$(find / -maxdepth 0 -type f)" ]',
    "grep": """[ "$(printf 'a\\nKey=\\n' | LC_ALL=C grep -niE -e 'b|key')" = 2:Key= ]"""
    " && ! printf a | grep -qF b",
    "head": """[ "$(printf 'ab\\nc\\n' | head -n 1)$(printf abc | head -c 1)" = aba ]""",
    "id": '[ "$(id -u)" -ge 0 ]',
    "readlink": '[ "$(readlink -f -- /)" = / ]',
    "sed": """[ "$(printf 'ab\\n' | sed 's|a|c|')" = cb ]""",
    "sha256sum": "case $(printf a | sha256sum) in ca978112ca1bbdca*) ;; *) false ;; esac",
    # Either will do, and a Mac has but this one.
    "sha256sum or shasum": "case $(printf a | if command -v sha256sum >/dev/null; then sha256sum;"
    " else shasum -a 256; fi) in ca978112ca1bbdca*) ;; *) false ;; esac",
    "stat": "case $(stat -L -c '%f %a' -- /)$(stat -L -c ' %f %s' -- /dev/null)"
    " in 4[0-9a-f][0-9a-f][0-9a-f]' '[0-7]*' 2'[0-9a-f][0-9a-f][0-9a-f]' 0') ;; *) false ;; esac",
    "tr": """[ "$(printf 'a\\000b\\nc' | tr '\\n\\000' '? ')$(printf 'a\\000b' | tr -d '\\000')" = 'a b?cab' ]""",
    "xargs": """[ "$(printf 'a\\000' | xargs -0 -n 2 -P 2 sh -c 'echo "$1"' sh)" = a ]""",
    "wc": """[ "$(printf 'a\\nb\\n' | wc -l)" -eq 2 ] && [ "$(printf abc | wc -c)" -eq 3 ]""",
}


# One after another they take as long as the way to a box that is far. Each says that it went well: of a box that starts
# no more processes, or none in the background (ksh93), they are tried once more, one after another.
_TRIAL = """\
works() {{
case $1 in
{controls}
esac
}} </dev/null 2>/dev/null
fit=$(
for tool in {tools}; do if works "$tool"; then printf .; fi & done
wait
)
if [ "$fit" != {all_fit} ]; then
    for tool in {tools}; do
        works "$tool" || {{
            echo "unfit tool: $tool" >&2
            exit {code}
        }}
    done
fi
{script}"""


class Relying(str):
    """
    A script that tries tools first, side by side.

    :ivar script: what it does then.
    """

    __slots__ = ("script", "tools")
    script: str
    tools: tuple[str, ...]

    def __new__(cls, script: str, tools: Iterable[str]) -> Self:
        """Put it together."""
        tools = tuple(dict.fromkeys(tools))
        made = super().__new__(cls, _tried(script, tools) if tools else script)
        made.script, made.tools = script, tools
        return made


def _tried(script: str, tools: Sequence[str]) -> str:
    controls = "\n".join(f"'{tool}') {_CONTROLS[tool]} ;;" for tool in tools)
    return _TRIAL.format(
        controls=controls, tools=shlex.join(tools), all_fit="." * len(tools), code=UNFIT, script=script
    )


def relying_on(script: str, *tools: str) -> Relying:
    """Return a script that first tries the tools that it can't do without, and exits with `UNFIT` if one fails."""
    return Relying(script, tools)


def unfit_tool(exit_code: int, stderr: str) -> str:
    """Return the tool that a script can't rely on, by how it ended; empty if that is not why."""
    said = _SAID.search(stderr) if exit_code == UNFIT else None
    return said[1] if said else ""
