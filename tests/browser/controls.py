"""Prints the table of all controls as Markdown: `python -m tests.browser.controls`."""

from __future__ import annotations

from tests.browser.control_pages import PAGES
from tests.browser.control_table import EVERYWHERE, Row


def table() -> str:
    """A section for each page and state of it, a line for each row of the table."""
    parts = ["# All controls, and what each does", "On every page:", _lines(EVERYWHERE)]
    for page, scenes in PAGES.items():
        parts.append(f"## {page.capitalize()}")
        for scene in scenes:
            parts += [f"{scene.title.capitalize()}, `{scene.link}`:", _lines(scene.rows)]
    return "\n\n".join(parts)


def _lines(rows: tuple[Row, ...]) -> str:
    head = ["| control | key | when it is used | test |", "|---|---|---|---|"]
    return "\n".join([*head, *map(_line, rows)])


def _line(row: Row) -> str:
    cells = (
        f"{row.kind} {row.name}",
        row.key,
        row.effect.says,
        row.elsewhere or "test_every_control_does_what_its_label_promises",
    )
    return "| " + " | ".join(cell.replace("|", r"\|") for cell in cells) + " |"


if __name__ == "__main__":
    print(table())
