"""Templates become pages: every text is escaped, for HTML and for what could fake a line. Two are only a table."""

from __future__ import annotations

import datetime as dt
import importlib.metadata
from functools import cache
from typing import TYPE_CHECKING, Any

from ssh_transport.text import count, one_line, size

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import jinja2

    from ssh_transport.audit import Finding
    from ssh_transport.errors import TaskError
    from ssh_transport.fleet.verify import Row


def render(template: str, **values: Any) -> str:
    """
    Return a page.

    :param template: its name below `templates`, without the ending.
    """
    made = dt.datetime.now(dt.UTC).strftime("%Y-%m-%d %H:%M UTC")
    version = importlib.metadata.version("ssh-transport")
    return _environment().get_template(f"{template}.html").render(**values, made=made, version=version)


def audit_page(found: Mapping[str, Sequence[Finding]], failures: Mapping[str, TaskError]) -> str:
    """
    Return the page.

    :param found: the findings of each machine that was looked at, also where there are none.
    :param failures: why others could not be looked at.
    """
    return render("audit", machines=found, failures=failures)


def boxes_page(rows: Sequence[Row], told: Sequence[str] = ()) -> str:
    """Return the page, with what is told of all rows."""
    return render("boxes", rows=rows, told=told, failed=sum(bool(row.error) for row in rows))


@cache
def _environment() -> jinja2.Environment:
    import jinja2
    import markupsafe

    def plain(value: Any) -> Any:
        return one_line(value) if isinstance(value, str) and not isinstance(value, markupsafe.Markup) else value

    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("ssh_transport.page"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        finalize=plain,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(size=size, count=count)
    return environment
