"""The pages that people read, on the site and in the folders."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.docs.pages import PAGES, ROOT

LINK = re.compile(r"\[[^\]]*\]\((?!https?:|#|mailto:)([^)#\s]+)|(?:src|href)=\"(?!https?:|#)([^\"]+)\"")
FOLDERS = "geometry|certify|models|figures|papers|pages|benchmarks|reluscope|tests|docs"
PATH = re.compile(rf"`((?:{FOLDERS})/[\w./-]*\w/?)`")
COMMAND = re.compile(rf"python -m ((?:{FOLDERS})\b[\w.]*\w)")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_link_leads_to_a_file(page: Path):
    links = [one or other for one, other in LINK.findall(page.read_text(encoding="utf-8"))]
    assert not [link for link in links if not (page.parent / link).exists()]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_path_of_the_tree_is_there(page: Path):
    paths = PATH.findall(page.read_text(encoding="utf-8"))
    assert not [path for path in paths if not (ROOT / path).exists()]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_module_of_a_command_can_be_run(page: Path):
    modules = [ROOT / name.replace(".", "/") for name in COMMAND.findall(page.read_text(encoding="utf-8"))]
    assert not [
        module for module in modules if not (module.with_suffix(".py").exists() or (module / "__main__.py").exists())
    ]


@pytest.mark.parametrize(
    "folder",
    [
        "geometry/regions",
        "certify/bounds",
        "certify/exact",
        "certify/staged_runs",
        "pages/region_view",
        "pages/shared/background",
        "pages/server",
    ],
)
def test_what_is_hard_is_explained_where_it_lies(folder: str):
    assert ROOT / folder / "README.md" in PAGES
