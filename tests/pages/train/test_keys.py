"""The keys press buttons that exist."""

from __future__ import annotations

import re
from pathlib import Path

from streamlit.testing.v1 import AppTest

FOLDER = Path(__file__).parents[3] / "pages" / "train"


def test_every_key_names_a_button_of_the_page():
    (table,) = re.findall(r"const BUTTONS = \{(.*)\};", (FOLDER / "keys.js").read_text(encoding="utf-8"))
    named = set(re.findall(r': "(\w+)"', table))
    app = AppTest.from_file(str(FOLDER / "page.py"), default_timeout=240).run()
    assert not app.exception
    buttons = {button.key.removeprefix("train-") for button in app.button if button.key}
    assert named - {"keys"} <= buttons
    assert named == {"play", "step", "back", "rewind", "keys"}
