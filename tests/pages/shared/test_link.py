"""The link follows the controls, also when they ask for what a page cannot show."""

from __future__ import annotations

import pytest

from tests.pages.driving import link_of, opened, settled


@pytest.mark.parametrize(
    ("page", "link", "control", "value", "name"),
    [
        ("certify", {}, "of", "images", "of"),
        ("polytope", {}, "polytope-from", "images", "from"),
        ("train", {"widths": "8"}, "train-of", "images", "of"),
    ],
)
def test_the_link_follows_the_controls_while_a_file_is_missing(
    page: str, link: dict[str, str], control: str, value: str, name: str
):
    app = opened(f"pages/{page}/page.py", {"images": "own-0123456789abcdef", **link})
    app.session_state[control] = value
    settled(app)
    assert "upload" in "".join(warning.value for warning in app.warning)
    assert link_of(app)[name] == value
    assert link_of(app)["images"] == "own-0123456789abcdef"
