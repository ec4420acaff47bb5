"""The HTML and the CSS of a live view: what its JavaScript paints in."""

from __future__ import annotations

from pathlib import Path

VIEW = Path(__file__).parent / "view"


def markup() -> tuple[str, str]:
    """The HTML of one view, and the CSS of all views of a page."""
    html, css = ((VIEW / name).read_text(encoding="utf-8") for name in ("view.html", "view.css"))
    return html, css
