""".nnet files give the network on raw inputs, their normalisation folded in."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from models.files.network_files import load_network, recognise
from tests.strategies import seeds

ACAS = Path(__file__).resolve().parents[5] / "shared" / "networks" / "acasxu-1-1.nnet"
COMMENT = "// 12, 3, 4, 5, in a comment\n// another\n"


def rows(values: np.ndarray) -> str:
    return "".join("".join(f"{value:.17g}," for value in row) + "\n" for row in np.atleast_2d(values))


def nnet_text(sizes: list[int], seed: int) -> tuple[str, np.ndarray, np.ndarray]:
    """A file, inputs (n, inputs), and what the format's own formula makes of them."""
    rng = np.random.default_rng(seed)
    low, means, ranges = -1 - rng.random(sizes[0]), rng.normal(size=sizes[0] + 1), 0.5 + rng.random(sizes[0] + 1)
    text = f"{COMMENT}{len(sizes) - 1},{sizes[0]},{sizes[-1]},{max(sizes)},\n{','.join(map(str, sizes))},\n0,\n"
    text += rows(low) + rows(-low) + rows(means) + rows(ranges)
    x = rng.normal(size=(6, sizes[0]))
    z = (x - means[:-1]) / ranges[:-1]
    for place, (inputs, outputs) in enumerate(pairwise(sizes), 2):
        weight, bias = rng.normal(size=(outputs, inputs)), rng.normal(size=outputs)
        text += rows(weight) + rows(bias[:, None])
        z = z @ weight.T + bias
        z = z if place == len(sizes) else np.maximum(z, 0)
    return text, x, z * ranges[-1] + means[-1]


@settings(deadline=None, max_examples=40)
@given(st.lists(st.integers(1, 6), min_size=2, max_size=5), seeds)
def test_raw_inputs_give_raw_outputs(sizes: list[int], seed: int) -> None:
    text, x, expected = nnet_text(sizes, seed)
    found = recognise(text.encode())
    assert found.format == "Stanford .nnet" and found.input_shape == (sizes[0],) and found.normalises
    logits = found.network(torch.from_numpy(x)).detach()
    np.testing.assert_allclose(logits, expected, rtol=1e-12, atol=1e-12 * abs(expected).max())


def test_ranges_and_the_advice_are_in_the_notes() -> None:
    notes = " ".join(recognise(nnet_text([2, 3, 2], 0)[0].encode()).notes)
    assert "raw units" in notes and "clip inputs" in notes and "least output is the advice" in notes


@pytest.mark.skipif(not ACAS.exists(), reason="the published network is not here")
def test_the_published_acas_xu_network_is_that_of_its_onnx_file() -> None:
    stored = np.load(ACAS.with_suffix(".logits.npz"))
    scaled, expected = stored["x"].reshape(-1, 5).astype(np.float64), stored["y"].reshape(-1, 5)
    lines = [line for line in ACAS.read_text().splitlines() if not line.startswith("//")]
    means, ranges = (np.array(line.strip(",").split(","), float) for line in lines[5:7])
    logits = load_network(ACAS)(torch.from_numpy(scaled * ranges[:-1] + means[:-1])).detach().numpy()
    np.testing.assert_allclose((logits - means[-1]) / ranges[-1], expected, rtol=0, atol=1e-5 * abs(expected).max())


def test_a_file_cut_off_anywhere_is_refused() -> None:
    text = nnet_text([2, 3, 2], 0)[0].encode()
    for length in range(len(text) - 2):
        with pytest.raises(ValueError, match=r"\w"):
            load_network(text[:length])


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("2,2,2,3,\n2,3,2,\n0,\n", "cut off"),
        ("9999,2,2,3,\n2,3,2,\n0,\n", "9999 layers"),
        ("2,2,2,3,\n2,99999999,2,\n0,\n0,\n", "99999999"),
        ("2,3,2,3,\n2,3,2,\n0,\n0,\n", "damaged"),
        ("1,1,1,1,\n1,1,\n0,\n0,\n1,\n0,0,\n0,1,\n1,\n1,\n", "not above 0"),
        ("1,1,1,1,\n1,1,\n0,\n0,\n1,\n0,0,\n1,1,\nnan,\n1,\n", "NaN"),
        ("1,1,1,1,\n1,1,\n0,\n0,\n1,\n0,0,\n1,1,\nten,\n1,\n", "damaged"),
    ],
)
def test_what_is_no_network_is_named(text: str, named: str) -> None:
    with pytest.raises(ValueError, match=named):
        load_network(text.encode())
