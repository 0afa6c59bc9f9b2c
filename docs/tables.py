"""Tables of our pages, made from the code: `python -m docs.tables` writes them, ``--check`` says if they are old."""

from __future__ import annotations

import dataclasses
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from docs.site import exit_codes as exit_codes_of
from ssh_transport import errors, settings
from ssh_transport.lint.rules import RULES
from ssh_transport.platforms.diagnosis import themes
from ssh_transport.platforms.profiles import all_profiles
from ssh_transport.terminal import whole_line
from ssh_transport.terminal.schema import Document
from tasks import ns

if TYPE_CHECKING:
    from collections.abc import Sequence

REFERENCE = Path(__file__).parent / "reference.md"
LINT = Path(__file__).parent / "lint.md"
COMMAND_LINE = Path(__file__).parent / "command-line.md"
SCHEMA = Path(__file__).parent / "json.schema.json"


def tasks() -> str:
    """Return every task with the first line of its docstring."""
    rows = [(f"`{name}`", (task.__doc__ or "").strip().splitlines()[0]) for name, task in _tasks()]
    return _table(("task", "what it does"), rows)


def exit_codes() -> str:
    """Return every exit code with the sentence of its class."""
    classes = [cls for cls in vars(errors).values() if isinstance(cls, type) and issubclass(cls, errors.TaskError)]
    found = [cls for cls in classes if "exit_code" in vars(cls)]
    rows = [(str(cls.exit_code), f"`{cls.__name__}`", exit_codes_of.sentence(cls)) for cls in found]
    done = ("0", "", "Done, or nothing to do.")
    invoke = ("1", "", "Invoke's own: a task of the team's own was given an unknown flag.")
    return _table(("code", "error", "when"), [done, invoke, *sorted(rows, key=lambda row: int(row[0]))])


def defaults() -> str:
    """Return every setting with its default."""
    sections = (
        settings.SshKeySettings,
        settings.HostConfigSettings,
        settings.TransferSettings,
        settings.FleetSettings,
    )
    rows = [
        (f"`{cls.section}.{field.name}`", f"`{field.default}`") for cls in sections for field in dataclasses.fields(cls)
    ]
    return _table(("setting", "default"), rows)


def flags() -> str:
    """Return every flag of the whole line."""
    rows = [("`--json`", "Print one document of all results; talk stays on standard error")]
    rows += [(f"`{word}`", said) for word, said in whole_line.BEHIND.items()]
    rows += [(f"`{word}` before the tasks", said) for word, said in whole_line.BEFORE.items()]
    return _table(("flag", "meaning"), rows)


def platforms() -> str:
    """Return every platform with its profile."""
    rows = [
        (f"[{profile.display_name}](../profiles/{slug}.toml)", f"`{slug}`", profile.first_login)
        for slug, profile in all_profiles().items()
    ]
    return _table(("platform", "profile", "first login"), rows)


def problems() -> str:
    """Return every known problem, by what it is about."""
    rows = [(theme.about, one.id, _cell(one.symptom)) for theme in themes() for one in theme.problems]
    return _table(("about", "id", "symptom"), rows)


def rules() -> str:
    """Return every rule of the linter."""
    rows = [(rule.id, _cell(rule.subject), f"``{_cell(rule.bad)}``", f"``{_cell(rule.good)}``") for rule in RULES]
    return _table(("id", "rule", "finding", "mended"), rows)


def schema(_: str = "") -> str:
    """Return the JSON Schema of what `--json` prints."""
    made = msgspec.json.schema(Document)
    for definition in made["$defs"].values():
        # What is for Python alone.
        definition["description"] = definition["description"].partition("\n\n:ivar ")[0]
    return f"{msgspec.json.format(msgspec.json.encode(made), indent=2).decode()}\n"


def current(text: str) -> str:
    """Return `text` with every generated part that it has made anew."""
    parts = {
        "tasks": tasks,
        "exit codes": exit_codes,
        "settings": defaults,
        "flags": flags,
        "rules": rules,
        "platforms": platforms,
        "known problems": problems,
    }
    for name, make in parts.items():
        begin, end = f"<!-- {name}: python -m docs.tables -->", f"<!-- end of {name} -->"
        if begin not in text:
            continue
        head, _, rest = text.partition(begin)
        _, _, tail = rest.partition(end)
        text = f"{head}{begin}\n{make()}\n{end}{tail}"
    return text


def main() -> None:
    """Write the pages, or only look."""
    for page, make in ((REFERENCE, current), (COMMAND_LINE, current), (LINT, current), (SCHEMA, schema)):
        old = page.read_text(encoding="utf-8") if page.exists() else ""
        new = make(old)
        if "--check" not in sys.argv[1:]:
            page.write_text(new, encoding="utf-8")
        elif new != old:
            sys.exit(f"{page.name} is old\n\nhint: .venv/bin/python -m docs.tables")


def _tasks() -> list[tuple[str, object]]:
    return [
        (f"{space}.{collection.transform(task.name)}", task)
        for space, collection in ns.collections.items()
        for task in collection.tasks.values()
    ]


def _cell(code: str) -> str:
    return code.replace("|", "\\|")


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


if __name__ == "__main__":
    main()
