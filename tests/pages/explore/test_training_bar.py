"""Explore's training over the picture: its settings, its buttons, and what a link carries of them."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest
from torch import nn

from geometry import enumerate_regions
from models import DATASETS, load_preset
from models.networks.activations import activation_layer
from pages.shared.plane.data import TEST_SEED
from tests.pages.driving import complaints, link_of, opened, settled, texts

XOR = {"data": "xor", "network": "own", "widths": "6"}


def explore(**link: str) -> AppTest:
    return opened("app.py", {name.replace("_", "-"): value for name, value in link.items()})


def metrics(app: AppTest) -> dict[str, str]:
    return {metric.label: metric.value for metric in app.metric}


def test_the_start_is_a_small_trained_network_coloured_by_class():
    app = explore()
    assert app.segmented_control(key="network").value == "small"
    assert app.selectbox(key="fill").value == "class"
    assert "2-8-8-2 on two moons" in texts(app)
    assert metrics(app)["Training error"] == "0.0 %"
    assert link_of(app) == {}


def test_a_link_that_names_network_and_fill_means_what_it_meant():
    app = explore(data="moons", network="shipped", fill="region")
    assert "2-32-32-2 on two moons" in texts(app) and app.selectbox(key="fill").value == "region"
    assert link_of(app) == {"network": "shipped", "fill": "region"}


def test_settings_of_a_training_are_in_the_link_and_train_the_same_again():
    link = {**XOR, "objective": "adversarial", "lr": "0.03", "objective-eps": "0.1", "steps": "30"}
    again = [explore(**link) for _ in range(2)]
    assert [link_of(app) for app in again] == [link, link]
    assert metrics(again[0]) == metrics(again[1])
    assert metrics(again[0]) != metrics(explore(**XOR, steps="30"))


def test_new_weights_are_other_ones_each_time():
    """Before, during and after a training, and after a change by hand."""
    app = explore(**XOR)
    for number in ("1", "2", "3"):
        if number == "2":
            app = settled(app.button(key="one-step").click().run())
        app.button(key="new-weights").click().run()
        assert link_of(app) == XOR | {"init": number}
    app = explore(**XOR, changes="u1")
    app.button(key="new-weights").click().run()
    assert link_of(app) == {"data": "xor", "network": "own", "widths": "7", "init": "1"}


def test_zero_weights_and_a_pin_leave_the_page_whole():
    app = explore(data="xor", network="own", widths="1", changes="w1.1.1:0_w1.1.2:0", pin="0.4,0.3")
    assert not app.exception
    assert "No perturbation of any size changes the class" in texts(app)


def test_one_step_is_one_step():
    app = explore(**XOR)
    for steps in ("1", "2"):
        app.button(key="one-step").click().run()
        assert link_of(settled(app))["steps"] == steps


def test_after_another_learning_rate_meanwhile_the_link_says_that_it_lacks_the_weights():
    app = explore(**XOR, steps="5")
    app.select_slider(key="training-lr").set_value(0.1).run()
    assert "steps" not in link_of(app) and "does not carry the weights" in texts(app)


@pytest.mark.parametrize("objective", ["plain", "mmr", "kw", "ibp", "adversarial"])
def test_any_objective_makes_its_steps(objective: str):
    app = explore(**XOR, objective=objective)
    app.button(key="one-step").click().run()
    assert not app.exception and not complaints(app)
    assert link_of(settled(app))["steps"] == "1"


def test_another_objective_begins_with_the_weights_on_screen():
    app = explore(**XOR, steps="20")
    before = metrics(app)
    app.selectbox(key="training-objective").select("kw").run()
    assert metrics(app) == before
    app.button(key="one-step").click().run()
    assert not app.exception and "does not carry the weights" in texts(app)


def test_new_weights_begin_where_the_shipped_network_began_and_then_elsewhere():
    app = explore()
    app.button(key="new-weights").click().run()
    seed = load_preset("moons-small").card.training["seed"]
    assert link_of(settled(app)) == {"network": "own", "widths": "8, 8", "init": str(seed)}
    app.button(key="new-weights").click().run()
    assert link_of(settled(app))["init"] == str(seed + 1)


def test_new_weights_keep_the_units_that_were_added():
    app = explore(changes="u1_u1_m")
    app.button(key="new-weights").click().run()
    assert link_of(settled(app))["widths"] == "10" and "changes" not in link_of(app)


def test_another_activation_keeps_the_weights():
    app = explore()
    app.selectbox(key="activation").select(0.1).run()
    assert link_of(settled(app)) == {"changes": "s0.1"}
    assert not complaints(explore(changes="s0.1"))
    app.selectbox(key="activation").select(0.0).run()
    assert link_of(settled(app)) == {"changes": "s0"}
    assert metrics(app) == metrics(explore())


@pytest.mark.parametrize("activation", ["abs", "clip"])
def test_an_activation_that_bends_otherwise_is_in_the_link_and_its_regions_are_those_of_the_module(activation: str):
    app = explore()
    app.selectbox(key="activation").select(activation).run()
    assert link_of(settled(app)) == {"changes": f"s{activation}"}
    shipped, window = load_preset("moons-small").network, DATASETS["moons"]().window
    module = nn.Sequential(
        *(activation_layer(activation) if isinstance(layer, nn.ReLU) else layer for layer in shipped)
    )
    assert metrics(app)["Regions"] == str(len(enumerate_regions(module.double(), window)))
    assert metrics(explore(changes=f"s{activation}")) == metrics(app)


@pytest.mark.parametrize("activation", ["abs", "clip"])
def test_a_network_of_chosen_units_keeps_them_through_steps_and_new_weights(activation: str):
    link = {**XOR, "units": activation}
    app = explore(**XOR)
    app.selectbox(key="activation").select(activation).run()
    assert link_of(settled(app)) == link
    app.button(key="one-step").click().run()
    assert link_of(settled(app)) == link | {"steps": "1"}
    app.button(key="new-weights").click().run()
    assert link_of(settled(app)) == link | {"init": "1"} and app.selectbox(key="activation").value == activation
    app = explore(changes=f"s{activation}_u1_v2")
    app.button(key="new-weights").click().run()
    assert link_of(settled(app))["widths"] == "9, 7" and link_of(app)["units"] == activation


@pytest.mark.parametrize("activation", ["abs", "clip"])
@pytest.mark.parametrize("objective", ["plain", "mmr", "kw", "ibp", "adversarial"])
def test_any_objective_trains_units_that_bend_otherwise(objective: str, activation: str):
    app = explore(**XOR, objective=objective, units=activation, pin="0.4,0.3", unit="6", explain="formula")
    app.button(key="one-step").click().run()
    assert not app.exception and not complaints(app)
    assert link_of(settled(app))["steps"] == "1" and link_of(app)["unit"] == "6"
    assert " of 6" in texts(app)  # units on


def test_a_unit_beyond_those_of_the_module_is_none():
    assert "There is no unit 7" in texts(explore(**XOR, units="clip", unit="7"))


def test_changes_that_do_not_fit_the_network_are_left_out_with_a_reason():
    app = explore(changes="u9")
    assert "no layer 9" in complaints(app) and link_of(app) == {}


def test_another_network_leaves_the_changes_of_the_one_before():
    app = explore(changes="u1")
    app.segmented_control(key="network").select("shipped").run()
    assert link_of(settled(app)) == {"network": "shipped"}


def test_the_test_error_is_that_of_points_which_no_training_sees():
    from models.data.toy import DATASETS
    from models.networks.error_rate import error_rate

    app = explore(noise="0.3")
    toy = DATASETS["moons"]
    fresh = toy(200, 0.3, TEST_SEED)
    network = load_preset("moons-small").network.double()
    assert metrics(app)["Test error"] == f"{100 * error_rate(network, fresh.x, fresh.y):.1f} %"
    assert metrics(app)["Test error"] != metrics(app)["Training error"]
    app = explore(test="0")
    assert "Test error" not in metrics(app) and link_of(app) == {"test": "0"}


def test_all_controls_stay_open_in_the_link():
    assert link_of(explore(more="1")) == {"more": "1"}
