"""Links to the Train page: they reopen it as it was, and invalid parts are explained."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pages.shared.link_names import names_on
from tests.pages.driving import complaints, link_of, settled
from tests.pages.train.driving import train
from tests.slow import others_slow

NAMES = sorted(names_on("train"))


def test_a_link_reopens_the_same_state():
    asked = {
        "data": "circles", "drop": "0", "size": "40", "noise": "0.1", "seed": "3", "classes": "3", "widths": "6, 6",
        "units": "LeakyReLU", "init": "2", "p": "inf", "eps": "0.07", "a": "mmr", "b": "kw", "c": "ibp",
        "a-lam": "2.5", "c-kappa": "0.25", "lr": "0.004", "speed": "20", "stop": "seconds", "seconds": "30",
        "steps": "500", "batch": "32", "order": "4", "fill": "region", "boxes": "0", "data-points": "0",
        "boundary": "0", "colours": "1", "pin": "0.25,-0.5", "view": "-0.5,0.5,-0.5,0.5",
    }  # fmt: skip
    app = train(**asked)
    assert not complaints(app)
    assert link_of(app) == asked
    assert link_of(settled(app)) == asked


@pytest.mark.parametrize(
    ("name", "value", "remedy"),
    others_slow(
        [
            ("data", "planets", "one of moons"),
            ("a", "magic", "one of plain"),
            ("a", "none", "one of plain"),
            ("b-lam", "-1", "between 0 and 20"),
            ("eps", "nan", "finite"),
            ("lr", "5", "between"),
            ("widths", "many", "'many' is none"),
            ("steps", "1", "whole number from 10"),
            ("speed", "warp", "one of 1"),
            ("run", "../../etc", "32 digits"),
            ("at", "-4", "whole number"),
            ("pin", "1", "2 finite numbers"),
            ("of", "sound", "one of plane"),
            ("flavour", "sweet", "means nothing here"),
        ],
        quick=("run", "at"),
    ),
)
def test_a_broken_link_is_explained(name, value, remedy):
    app = train(**{name: value})
    assert remedy in complaints(app)


values = st.one_of(
    st.text("0123456789.,-+eaimdnf_:<*[ ", max_size=12),
    st.sampled_from(["mmr", "kw", "none", "images", "1e308,1e308", "-1,1,-1,1", "0" * 32, "error", "inf"]),
)


@settings(
    deadline=None, max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(st.dictionaries(st.sampled_from(NAMES), values, max_size=4))
def test_no_link_breaks_the_page(runs, link):
    train(**{"batch": "12", **link})
    for run in runs:
        run.end()
