"""The film of a run: every picture it shows is one of its moments."""

from __future__ import annotations

import io
import zipfile

import numpy as np
import pytest
from PIL import Image

from pages.train.export import film_steps
from pages.train.view_options import ViewControls
from tests.pages.train.driving import train

LOOK = ViewControls("class", True, True, True, False, None, {})


@pytest.mark.slow
def test_a_film_has_a_picture_for_every_moment(runs, monkeypatch):
    setups = []
    import pages.train.current_run as run_module

    current = run_module.current_run
    monkeypatch.setattr(run_module, "current_run", lambda setup: (setups.append(setup), current(setup))[1])
    app = train(data="kw", widths="6", batch="12")
    for _ in range(3):
        app.button(key="train-step").click().run()
    (run,) = runs
    found = dict(film_steps(run, setups[-1], LOOK, "light")(lambda: False))
    gif, mp4, pngs = found["film"]
    assert Image.open(io.BytesIO(gif)).n_frames == 4
    assert mp4[4:8] == b"ftyp"
    with zipfile.ZipFile(io.BytesIO(pngs)) as archive:
        assert len(archive.namelist()) == 4
        first, last = (np.asarray(Image.open(archive.open(name))) for name in archive.namelist()[::3])
    assert (first != last).any()
    assert found["page"].count('"frame": ') == 4 * len(run.titles)
    assert '"captions": ["step 0", "step 1", "step 2", "step 3"]' in found["page"]


def test_a_film_nobody_waits_for_ends(runs):
    train()
    assert list(film_steps(runs[-1], None, LOOK, "light")(lambda: True)) == []
