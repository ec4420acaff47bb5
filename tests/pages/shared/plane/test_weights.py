"""Changes of a network by hand: what each does to the weights, and that a link carries them."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from models import mlp
from pages.shared.plane.weights import (
    MOST_IN_A_LINK,
    Change,
    apply_changes,
    chain_of,
    changes_from_link,
    changes_to_link,
    read_change,
    with_changes,
)

BASE = mlp((2, 3, 4, 2), 0.1, seed=5)


def changed(*texts: str, base: nn.Sequential = BASE) -> list[torch.Tensor]:
    """Weights and biases after these changes."""
    return [p.detach() for p in apply_changes(base, map(read_change, texts)).parameters()]


def widths(*texts: str) -> list[int]:
    return [2, *(len(part) for part in changed(*texts)[1::2])]


def test_a_weight_and_a_bias_change_and_nothing_else():
    before = [p.detach().clone() for p in BASE.parameters()]
    after = changed("w2.4.1:0.5", "b1.3:-2")
    assert all(torch.equal(p, b) for p, b in zip(BASE.parameters(), before))  # the network itself stays
    before[2][3, 0], before[1][2] = 0.5, -2
    assert all(torch.equal(a, b) for a, b in zip(before, after))


def test_units_and_layers_come_and_go():
    assert widths("u1") == [2, 4, 4, 2]
    assert widths("v2") == [2, 3, 3, 2]
    assert widths("l") == [2, 3, 4, 4, 2]
    assert widths("m") == [2, 3, 2]
    assert widths("m", "m") == [2, 2]
    assert widths("m", "m", "l", "u1") == [2, 3, 2]


def test_the_weights_of_units_that_stay_stay():
    before, after = [p.detach() for p in BASE.parameters()], changed("u1")
    assert torch.equal(after[0][:3], before[0]) and torch.equal(after[2][:, :3], before[2])
    assert torch.equal(after[4], before[4]) and not torch.equal(after[0][3], torch.zeros(2))
    assert all(torch.equal(a, b) for a, b in zip(changed("u1", "v1"), before))
    assert all(torch.equal(a, b) for a, b in zip(changed("l", "m"), before))
    deeper = changed("l")
    assert torch.equal(deeper[-2], before[-2]) and torch.equal(deeper[2], before[2])


def test_the_same_changes_give_the_same_weights():
    texts = ("u2", "l", "u3", "w3.1.1:2", "u1")
    assert all(torch.equal(a, b) for a, b in zip(changed(*texts), changed(*texts)))


def test_the_slope_and_the_type_of_numbers_stay():
    network = apply_changes(mlp((2, 3, 2), 0.1).double(), [Change("more", 1)])
    assert {unit.negative_slope for unit in network if isinstance(unit, nn.LeakyReLU)} == {0.1}
    assert next(network.parameters()).dtype == torch.float64


def test_the_slope_changes_and_no_weight_does():
    network = apply_changes(BASE, [read_change("s0.3")])
    assert {unit.negative_slope for unit in network if isinstance(unit, nn.LeakyReLU)} == {0.3}
    assert all(torch.equal(a, b) for a, b in zip(network.parameters(), BASE.parameters()))
    plain = apply_changes(BASE, [read_change("s0")])
    assert any(isinstance(unit, nn.ReLU) for unit in plain)


@pytest.mark.parametrize("text, function", [("sabs", torch.abs), ("sclip", lambda z: z.clamp(0, 1))])
def test_the_activation_changes_and_stays_with_further_changes(text, function):
    network = apply_changes(BASE, map(read_change, (text, "u1", "l", "m")))
    layers, activation = chain_of(network) or ([], None)
    assert f"s{activation}" == text and [layer.out_features for layer in layers] == [4, 4, 2]
    x = torch.randn(50, 2, generator=torch.Generator().manual_seed(0))
    by_hand = layers[2](function(layers[1](function(layers[0](x)))))
    assert torch.equal(network(x), by_hand)
    again = apply_changes(network, [read_change("u2")])
    assert chain_of(again)[1] == activation


def test_activations_of_two_kinds_are_no_chain():
    mixed = nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 3), nn.Hardtanh(0, 1), nn.Linear(3, 2))
    assert chain_of(mixed) is None
    assert chain_of(nn.Sequential(nn.Linear(2, 3), nn.Hardtanh(), nn.Linear(3, 2))) is None  # to [-1, 1]


@pytest.mark.parametrize(
    "texts, words",
    [
        (("w1.9.1:1",), "no such place"),
        (("w1.1.3:1",), "no such place"),
        (("b9.1:1",), "no layer 9"),
        (("u3",), "no layer 3"),
        (("v1", "v1", "v1"), "one unit left"),
        (("m", "m", "m"), "no hidden layer"),
        (("l",) * 30, "hidden layers"),
    ],
)
def test_what_cannot_be_is_refused(texts, words):
    with pytest.raises(ValueError, match=words):
        changed(*texts)


def test_a_network_that_is_no_chain_is_refused():
    other = nn.Sequential(nn.Linear(2, 4), nn.MaxPool1d(2), nn.Linear(2, 2))
    assert chain_of(other) is None and chain_of(nn.Sequential(nn.Linear(2, 2, bias=False))) is None
    with pytest.raises(ValueError, match="fully connected"):
        apply_changes(other, [Change("more", 1)])


changes = st.one_of(
    st.builds(
        Change, st.just("weight"), st.integers(1, 9), st.integers(1, 99), st.integers(1, 99), st.floats(-1e5, 1e5)
    ),
    st.builds(Change, st.just("bias"), st.integers(1, 9), st.integers(1, 99), st.just(0), st.floats(-1e5, 1e5)),
    st.builds(Change, st.sampled_from(["more", "fewer"]), st.integers(1, 9)),
    st.builds(Change, st.sampled_from(["deeper", "flatter"])),
    st.builds(Change, st.just("activation"), activation=st.floats(1e-3, 1) | st.sampled_from(["abs", "clip"])),
)


@given(st.lists(changes, min_size=1, max_size=20).map(tuple))
def test_a_link_carries_changes_to_six_digits(made):
    text = changes_to_link(made)
    assert text is not None
    back = changes_from_link(text)
    assert [c.target for c in back] == [c.target for c in made]
    assert [c.value for c in back] == pytest.approx([c.value for c in made], rel=1e-5)
    assert [changes_to_link((c,)) for c in back] == [changes_to_link((c,)) for c in made]
    assert changes_to_link(back) == text


def test_too_many_changes_are_in_no_link():
    assert changes_to_link(()) is None
    assert changes_to_link((Change("deeper"),) * (MOST_IN_A_LINK + 1)) is None
    with pytest.raises(ValueError, match="at most"):
        changes_from_link("_".join(["l"] * (MOST_IN_A_LINK + 1)))


@pytest.mark.parametrize(
    "text", ["", "w1.1:2", "x", "b1.1:", "w1.1.1:1e9", "w1.1.1:e", "u", "b1.1:nan", "s2", "s-1", "srelu", "s"]
)
def test_what_is_no_change_is_refused(text):
    with pytest.raises(ValueError):
        read_change(text)


def test_a_value_replaces_the_earlier_one_at_its_place_unless_units_changed_since():
    one, two, other = (read_change(text) for text in ("w1.1.1:1", "w1.1.1:2", "b1.1:3"))
    more = read_change("u1")
    assert with_changes((one, other), [two]) == (other, two)
    assert with_changes((one, more), [two]) == (one, more, two)
