"""Templates become pages: every text is escaped, for HTML and for what could fake a line."""

from __future__ import annotations

import datetime as dt
import importlib.metadata
from functools import cache
from typing import TYPE_CHECKING, Any

from ssh_transport.text import count, one_line, size

if TYPE_CHECKING:
    import jinja2


def render(template: str, **values: Any) -> str:
    """
    Return a page.

    :param template: its name below `templates`, without the ending.
    """
    made = dt.datetime.now(dt.UTC).strftime("%Y-%m-%d %H:%M UTC")
    version = importlib.metadata.version("ssh-transport")
    return _environment().get_template(f"{template}.html").render(**values, made=made, version=version)


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
