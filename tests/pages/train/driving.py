"""How the tests of the Train page drive it."""

from __future__ import annotations

import time

import torch
from streamlit.testing.v1 import AppTest

from pages.train.run import Run
from tests.pages.driving import opened

SMALL = {"data": "kw", "widths": "8", "batch": "12", "steps": "1000000"}  # it does not end by itself


def train(**link: str) -> AppTest:
    """The page, opened by a link, after its first run."""
    return opened("pages/train/page.py", {name.replace("_", "-"): value for name, value in link.items()})


def pressed(app: AppTest, name: str) -> AppTest:
    app.button(key=f"train-{name}").click().run()
    assert not app.exception, app.exception
    run: Run = app.session_state["train-run"]
    if run.ending:  # on a busy machine
        until(lambda: not run.ending)
        app.run()
    return app


def texts(app: AppTest) -> str:
    return "\n".join(str(element.proto) for element in app.get("html"))


def captions(app: AppTest) -> str:
    return "\n".join(element.value for element in app.caption)


def weights(run: Run, slot: int = 0) -> torch.Tensor:
    return torch.cat([weight.flatten() for weight in run.trainers[slot].snapshot().weights.values()])


def until(holds, seconds: float = 90) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)
