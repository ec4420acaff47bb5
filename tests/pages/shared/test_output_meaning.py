"""What a network's outputs mean, as the panel asks it, and what network comes of the answer."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from streamlit.testing.v1 import AppTest
from torch import nn

from models import Images, network_bytes
from pages.shared.output_meaning import typed_levels, usual_levels
from tests.pages.driving import settled, texts
from tests.pages.shared.network_panel_page import box, errors, given, images, loaded, opened


def number(outputs: int) -> nn.Sequential:
    """The sum of the pixels, and multiples of it."""
    network = nn.Sequential(nn.Flatten(), nn.Linear(16, outputs)).eval().requires_grad_(False)
    network[1].weight.copy_(torch.arange(1.0, outputs + 1)[:, None].expand(outputs, 16))
    network[1].bias.zero_()
    return network


def shown(outputs: int, kind: str) -> tuple[AppTest, Images]:
    data = images()
    app = given(opened(data), ("net.safetensors", network_bytes(number(outputs))))
    return settled(box(app, "Its outputs are").set_value(kind).run()), data


def typed(app: AppTest, levels: str) -> AppTest:
    (field,) = [each for each in app.text_input if each.label == "Levels of f"]
    return settled(field.set_value(levels).run())


def sums(data: Images) -> np.ndarray:
    return data.x.astype(np.float64).reshape(len(data.x), -1).sum(1)


def classes(app: AppTest, data: Images) -> np.ndarray:
    return loaded(app).network.scores(torch.from_numpy(data.x.astype(np.float64))).argmax(1).numpy()


def test_a_number_is_cut_at_the_levels_that_were_typed():
    app, data = shown(1, "number")
    typed(app, "1.5, 2.5")
    np.testing.assert_array_equal(classes(app, data), np.searchsorted([1.5, 2.5], sums(data)))
    assert loaded(app).bands == ("f ≤ 1.5", "1.5 < f ≤ 2.5", "f > 2.5")
    assert "right on" not in texts(app)  # labels are classes, not numbers


def test_the_levels_begin_at_the_quarters_of_the_outputs():
    app, data = shown(1, "number")
    (field,) = [each for each in app.text_input if each.label == "Levels of f"]
    found = [float(word) for word in field.value.split(",")]
    np.testing.assert_allclose(found, np.quantile(sums(data), (0.25, 0.5, 0.75)), rtol=0.05)


def test_of_several_outputs_one_is_chosen_and_the_least_may_win():
    app, data = shown(3, "number")
    (which,) = [each for each in app.number_input if each.label == "Which output"]
    settled(which.set_value(2).run())
    typed(app, "6")
    np.testing.assert_array_equal(classes(app, data), 3 * sums(data) >= 6)
    settled(box(app, "Its outputs are").set_value("least").run())
    assert (classes(app, data) == 0).all()
    assert loaded(app).bands == ()


@pytest.mark.parametrize(
    ("levels", "said"), [("1, x", "got ' x'"), ("2, 1", "got 2, 1"), ("1e999", "finite"), ("nan", "finite")]
)
def test_levels_that_are_none_are_refused_in_words(levels: str, said: str):
    with pytest.raises(ValueError, match=said):
        typed_levels(levels)
    app, _ = shown(1, "number")
    assert said in errors(typed(app, levels))


def test_outputs_that_do_not_differ_are_cut_at_zero():
    flat = Images(np.zeros((3, 1, 4, 4), np.float32), np.zeros(3, np.int64), "black")
    app = given(opened(images()), ("net.safetensors", network_bytes(number(1))))
    assert usual_levels(loaded(app).network, flat, 0) == (0.0,)
