"""The pages that people read, on the site and in the folders."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.docs.pages import PAGES, ROOT

LINK = re.compile(r"\[[^\]]*\]\((?!https?:|#|mailto:)([^)#\s]+)|(?:src|href)=\"(?!https?:|#)([^\"]+)\"")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_link_leads_to_a_file(page: Path):
    links = [one or other for one, other in LINK.findall(page.read_text(encoding="utf-8"))]
    assert not [link for link in links if not (page.parent / link).exists()]


@pytest.mark.parametrize(
    "folder",
    [
        "geometry/regions",
        "certify/bounds",
        "certify/exact",
        "pages/region_view",
        "pages/shared/background",
        "pages/server",
    ],
)
def test_what_is_hard_is_explained_where_it_lies(folder: str):
    assert ROOT / folder / "README.md" in PAGES
