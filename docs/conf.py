"""The documentation site: `make docs`. Docstrings, pages that lie beside the code, and notebooks, which are run."""

from __future__ import annotations

import dataclasses
import inspect
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from reluscope import __version__  # noqa: E402

project, author, release = "ReLUscope", "The ReLUscope authors", __version__
copyright = "2026, the ReLUscope authors"
extensions = ["sphinx.ext.autodoc", "sphinx.ext.napoleon", "myst_nb"]
exclude_patterns = ["_build", "README.md"]
html_theme, html_title = "furo", "ReLUscope"
html_static_path: list[str] = []
html_extra_path: list[str] = []

default_role = "literal"  # `names` in docstrings are code
autodoc_member_order = "bysource"
autodoc_typehints = "none"  # the docstrings say types and shapes
napoleon_google_docstring = False
napoleon_use_param = napoleon_use_rtype = False  # else words in types, such as x, become links
nb_execution_mode = "force"
nb_execution_timeout = 600
nb_execution_raise_on_error = True
myst_heading_anchors = 3

# Pages that lie beside the code, and where the site shows them.
PAGES = {
    "README.md": "index",
    "CHANGELOG.md": "changes",
    "CONTRIBUTING.md": "contributing",
    "geometry/regions/README.md": "regions",
    "certify/bounds/README.md": "bounds",
    "certify/exact/README.md": "exact",
    "certify/proofs/README.md": "proofs",
    "certify/properties/README.md": "properties",
    "pages/region_view/README.md": "live_picture",
    "pages/shared/background/README.md": "background",
    "pages/server/README.md": "server",
    "docs/architecture.md": "architecture",
    "docs/certificates.md": "certificates",
    "docs/measurements.md": "measurements",
    "docs/serving.md": "serving",
}
DESCRIBED = re.compile(r"(\w+(?:, \w+)*) : ")
LINK = re.compile(r"(?<!!)\[([^\]]*)\]\((?!https?:|#|mailto:)([^)\s]+)\)")


def setup(app: Sphinx) -> None:
    app.connect("source-read", lambda app, name, text: _follow_links(text, ROOT / "docs" / name))
    app.connect("include-read", lambda app, path, parent, text: _follow_links(text, ROOT / "docs" / path))
    app.connect("autodoc-process-docstring", _plain, priority=100)
    app.connect("autodoc-process-docstring", _names_of_a_table, priority=50)
    app.connect("autodoc-process-docstring", _listed, priority=200)
    app.connect("autodoc-process-docstring", _fields_of_a_dataclass, priority=900)  # after napoleon's 500


def _follow_links(text: list[str], page: Path) -> None:
    """Links between files lead to the site's page of the file; where it has none, the name stays, as code."""

    def followed(link: re.Match[str]) -> str:
        words, target = link[1], link[2]
        path = (page.parent / target).resolve()
        if not path.is_relative_to(ROOT):
            return link[0]
        shown = PAGES.get(path.relative_to(ROOT).as_posix())
        return f"[{words}](/{shown}.md)" if shown else f"`{words}`"

    text[0] = LINK.sub(followed, text[0])


def _plain(app: Sphinx, what: str, name: str, member: Any, options: Any, lines: list[str]) -> None:
    """Docstrings hold mathematics, and little markup. A property's first words, before a colon, are no type."""
    for i, line in enumerate(lines):
        indent = re.match(r"\s*(?:\* )?", line)
        start = indent.end() if indent else 0
        lines[i] = line[:start] + _escaped(line[start:])
    if what == "property" and lines:
        lines[0] = lines[0].replace(": ", " – ", 1)


def _escaped(text: str) -> str:
    """`*` and `|`, and an underscore at the end of a word, are what they look like."""
    parts = re.split(r"(`[^`]*`)", text)
    return "".join(part if k % 2 else re.sub(r"([*|\\]|_(?!\w))", r"\\\1", part) for k, part in enumerate(parts))


def _names_of_a_table(app: Sphinx, what: str, name: str, member: Any, options: Any, lines: list[str]) -> None:
    """A table of names has no docstring: it says its names."""
    if what == "data" and isinstance(member, (Mapping, tuple)):
        lines[:] = [", ".join(f"`{key}`" for key in member), ""]


def _listed(app: Sphinx, what: str, name: str, member: Any, options: Any, lines: list[str]) -> None:
    """What a docstring describes line by line, `name : what it is`, without a heading, becomes a list."""
    end = next((i - 1 for i, line in enumerate(lines) if line.startswith("---")), len(lines))
    described = [i for i in range(end) if DESCRIBED.match(lines[i])]
    if what not in ("class", "function", "method") or not described:
        return
    for i in range(described[0], end):
        if i in described:
            lines[i] = DESCRIBED.sub(r"* **\1**: ", lines[i])
        elif lines[i].startswith("    "):
            lines[i] = "  " + lines[i].strip()
    lines.insert(described[0], "")


def _fields_of_a_dataclass(app: Sphinx, what: str, name: str, member: Any, options: Any, lines: list[str]) -> None:
    """Fields that the docstring does not describe, with the comments behind them."""
    if what != "class" or not dataclasses.is_dataclass(member) or any("**" in line for line in lines):
        return
    source = inspect.getsource(member)
    lines += ["", "Fields:", ""]
    for field in dataclasses.fields(member):
        comment = re.search(rf"^    {field.name}: .*?  # (.+)$", source, re.MULTILINE)
        lines.append(f"* **{field.name}**" + (f": {_escaped(comment[1])}" if comment else ""))
    lines.append("")
