"""Settings of Sphinx, which makes the site: `script/docs`."""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sphinx.application import Sphinx

_CHECKOUT = Path(__file__).parents[1]
sys.path.insert(0, str(_CHECKOUT))

project = "ssh-transport"
version = tomllib.loads((_CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
# Who made it is in LICENSE, and when it was built would make two builds differ.
html_show_copyright = False
html_last_updated_fmt = None

extensions = ["myst_parser", "sphinx.ext.autodoc"]
exclude_patterns = ["requirements.txt"]
# A command is shown as it is typed: two hyphens are no dash.
smartquotes = False
html_theme = "furo"
# Everything has its page; a list of names would be one that nothing leads to.
html_use_index = False
html_title = "ssh-transport"
html_static_path = ["static"]
html_css_files = ["wide.css"]
html_theme_options = {"navigation_with_keys": True}
# Fonts, scripts and styles are the theme's own and lie beside the pages: nothing is fetched from elsewhere.
myst_enable_extensions = ["deflist", "fieldlist", "substitution"]
myst_heading_anchors = 3
autodoc_typehints = "description"
autodoc_member_order = "bysource"


def setup(app: Sphinx) -> None:
    """Make the generated pages before the others are read, and lead the others to them."""
    from docs.site import fields, links, pages, transcripts

    def read(_: Sphinx, name: str, text: list[str]) -> None:
        text[0] = transcripts.aligned(links.on_site(f"{name}.md", text[0]))

    app.connect("builder-inited", lambda app: pages.write(Path(app.srcdir)))
    app.connect("autodoc-process-docstring", lambda *of: of[5].__setitem__(slice(None), fields.as_table(of[3], of[5])))
    # How one is made is nobody's business: tasks return them.
    app.connect("autodoc-process-signature", lambda *_: ("", ""))
    app.connect("source-read", read)
