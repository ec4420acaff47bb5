"""The first document is Streamlit's, with words and style of our own, and links to files that are there."""

from __future__ import annotations

import re
from pathlib import Path

from streamlit import file_util

from pages import heights
from pages.explore import interactions
from pages.explore.explanation import KEY as STEPS
from pages.polytope import main_panel as polytope
from pages.server.first_page import NEEDED, first_page
from pages.slices.view_options import view_key
from pages.train import main_panel as train

GIVEN = Path(file_util.get_static_dir())


def test_the_first_document_has_words_and_all_scripts_of_streamlits():
    page, theirs = first_page(GIVEN), (GIVEN / "index.html").read_text(encoding="utf-8")
    scripts = re.findall(r'<script[^>]*src="([^"]+)"', theirs)
    assert scripts and all(script in page for script in scripts)
    assert "<title>ReLUscope</title>" in page
    assert re.search(r'<div id="root"><div class="first-words">.*linear regions', page)
    assert page.count("</head>") == page.count("<body") == 1


def test_what_is_fetched_early_is_there():
    early = set(re.findall(r'href="\./([^"]+)"', first_page(GIVEN))) - set(
        re.findall(r'href="\./([^"]+)"', (GIVEN / "index.html").read_text(encoding="utf-8"))
    )
    assert {Path(link).name.rsplit(".", 2)[0] for link in early} == set(NEEDED)
    assert all((GIVEN / link).is_file() for link in early)
    assert not any("lotly" in link for link in early)


def test_places_of_pictures_have_their_heights_before_any_script_has_sent_a_style():
    keys = {interactions.VIEW_KEY, interactions.NETWORK_KEY, STEPS, polytope.INPUTS, polytope.OUTPUTS}
    for slot in range(heights.SIDE_BY_SIDE):
        keys |= {view_key(slot), train._key(slot)}
    page = first_page(GIVEN)
    said = dict(re.findall(r":where\(\.st-key-(\S+)-place, \S+-box\) { min-height: (.*); }", page))
    assert said == heights.AT_FIRST and said.keys() == keys
    assert page.index(":where(.st-key") < page.index("</head>")
