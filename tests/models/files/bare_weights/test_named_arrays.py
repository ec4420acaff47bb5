"""Matrices and biases under the names that people give them: shapes tell their layout, or the file is refused."""

from __future__ import annotations

import io
from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest
import scipy.io
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from models.files.network_files import load_network, recognise
from tests.models.samples import npz_bytes
from tests.strategies import seeds

Layers = list[tuple[np.ndarray, np.ndarray]]  # of each layer the matrix (in, out) and the bias


def layers(sizes: list[int], seed: int = 0) -> Layers:
    rng = np.random.default_rng(seed)
    return [(rng.normal(size=(a, b)), rng.normal(size=b)) for a, b in pairwise(sizes)]


def computed(network: Layers, x: np.ndarray) -> np.ndarray:
    for place, (matrix, bias) in enumerate(network, 1):
        x = x @ matrix + bias
        x = np.maximum(x, 0) if place < len(network) else x
    return x


def torch_names(network: Layers) -> dict[str, np.ndarray]:
    parts = [(f"layers.{2 * k}", matrix.T, bias) for k, (matrix, bias) in enumerate(network)]
    return {f"{name}.{kind}": value for name, *both in parts for kind, value in zip(("weight", "bias"), both)}


def alternating(network: Layers) -> dict[str, np.ndarray]:
    return {str(k): value for k, value in enumerate((v for layer in network for v in layer), 1)}


def two_lists(network: Layers) -> dict[str, np.ndarray]:
    """As np.savez(path, *model.coefs_, *model.intercepts_) names them."""
    values = [matrix for matrix, _ in network] + [bias for _, bias in network]
    return {f"arr_{k}": value for k, value in enumerate(values)}


def scikit_learn(network: Layers) -> dict[str, np.ndarray]:
    return {f"{name}_{k}": layer[part] for part, name in enumerate(("coefs", "intercepts"))
            for k, layer in enumerate(network)}  # fmt: skip


def keras(network: Layers) -> dict[str, np.ndarray]:
    names = ["dense", *(f"dense_{k}" for k in range(1, len(network)))]
    return {f"{name}/{kind}:0": value for name, layer in zip(names, network)
            for kind, value in zip(("kernel", "bias"), layer)}  # fmt: skip


def short_names(network: Layers) -> dict[str, np.ndarray]:
    return {f"fc{k}_{kind}": value for k, layer in enumerate(network) for kind, value in zip("wb", layer)}


def as_rows(arrays: dict[str, np.ndarray]) -> dict[str, object]:
    """MATLAB knows no vectors."""
    return {name: np.atleast_2d(value) for name, value in arrays.items()}


def mat_of(arrays: dict[str, object]) -> bytes:
    """A MATLAB file with names that are none of Python's."""
    stream = io.BytesIO()
    scipy.io.savemat(stream, arrays, long_field_names=True)
    return stream.getvalue()


NAMINGS = [torch_names, alternating, two_lists, scikit_learn, keras, short_names]


@settings(deadline=None, max_examples=60)
@given(
    st.sampled_from(NAMINGS), st.lists(st.sampled_from([2, 3, 5, 8]), min_size=2, max_size=4, unique=True), seeds,
    st.booleans(),
)  # fmt: skip
def test_usual_names_and_either_layout_are_read(
    naming: Callable[[Layers], dict[str, np.ndarray]], sizes: list[int], seed: int, matlab: bool
) -> None:
    network = layers(sizes, seed)
    arrays = naming(network)
    data = mat_of(as_rows(arrays)) if matlab else npz_bytes(**arrays)
    x = np.random.default_rng(seed).normal(size=(4, sizes[0]))
    logits = load_network(data)(torch.from_numpy(x)).detach()
    np.testing.assert_allclose(logits, computed(network, x), rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("hidden", [(7,), (7, 4), (4, 4)])
def test_scikit_learns_lists_are_read_from_matlab_files(hidden: tuple[int, ...]) -> None:
    from sklearn.neural_network import MLPClassifier  # takes long: only in the process that needs it

    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(60, 2)), rng.integers(0, 3, 60)
    model = MLPClassifier(hidden, max_iter=3, random_state=0).fit(x, y)
    lists = {name: np.empty(len(hidden) + 1, object) for name in ("coefs_", "intercepts_")}
    lists["coefs_"][:], lists["intercepts_"][:] = model.coefs_, model.intercepts_
    data = mat_of(dict(lists))
    found = recognise(data)
    logits = found.network(torch.from_numpy(x)).detach().numpy()
    np.testing.assert_allclose(logits, computed(list(zip(model.coefs_, model.intercepts_)), x), rtol=1e-9, atol=1e-9)


def test_pytorchs_arrays_may_be_convolutions_in_numpy_files() -> None:
    network = torch.nn.Sequential(
        torch.nn.Conv2d(1, 2, 3, padding=1), torch.nn.ReLU(), torch.nn.Flatten(), torch.nn.Linear(2 * 28 * 28, 3)
    )
    data = npz_bytes(**{name: value.numpy() for name, value in network.state_dict().items()})
    x = torch.rand(2, 1, 28, 28)
    found = load_network(data, input_shape=(1, 28, 28), stride=1, padding=1)
    assert torch.equal(found(x), network(x))


SQUARE = np.arange(4.0).reshape(2, 2)


@pytest.mark.parametrize(
    ("arrays", "named"),
    [
        ({"layers.0.weight": SQUARE, "layers.0.bias": np.ones(2)}, r"\(out, in\) from \(in, out\), as both fit"),
        ({"1": SQUARE, "2": np.ones(2)}, "as both fit"),
        ({"out.weight": SQUARE, "hidden.weight": SQUARE}, "fit in more than one order"),
        ({"W1": np.ones((3, 2)), "W2": np.ones((4, 5))}, "do not follow each other"),
        ({"1": np.ones((3, 2)), "2": np.ones((4, 5))}, "which is which"),
        ({"W1": SQUARE, "fc1_w": SQUARE, "numb": np.ones(2)}, "'numb' is neither W nor b"),
        ({"fc.weight": SQUARE, "fc.w": SQUARE}, "two arrays for its weight"),
        ({"fc.weight": SQUARE, "fc.bias": SQUARE}, "which is no vector"),
        ({"coefs_": np.array([SQUARE, None], object)}, "save each by itself"),
    ],
)
def test_what_does_not_determine_the_network_is_refused(arrays: dict[str, np.ndarray], named: str) -> None:
    with pytest.raises(ValueError, match=named):
        load_network(npz_bytes(**arrays))


def test_names_without_numbers_are_put_in_the_order_that_fits() -> None:
    network = layers([4, 6, 5, 3])
    parts = dict(zip(("input", "hidden", "output"), network))  # by the alphabet hidden comes first
    arrays = {f"{name}.{kind}": value for name, layer in sorted(parts.items())
              for kind, value in zip(("weight", "bias"), layer)}  # fmt: skip
    x = np.random.default_rng(0).normal(size=(4, 4))
    logits = load_network(npz_bytes(**arrays))(torch.from_numpy(x)).detach()
    np.testing.assert_allclose(logits, computed(network, x), rtol=1e-9)


def test_square_matrices_are_taken_by_a_rule_that_is_said() -> None:
    found = recognise(npz_bytes(W1=SQUARE, b1=np.ones(2)))
    assert torch.equal(found.network[0].weight, torch.from_numpy(SQUARE))
    assert any("(out, in) and (in, out) fit" in note for note in found.notes)
    found = recognise(npz_bytes(coefs_0=SQUARE, intercepts_0=np.ones(2)))
    assert torch.equal(found.network[0].weight, torch.from_numpy(SQUARE.T)) and not found.notes


@pytest.mark.parametrize(("names", "title"), [
    (scikit_learn, "NumPy coefs and intercepts of scikit-learn"),
    (keras, "NumPy kernels and biases of TensorFlow"),
    (torch_names, "NumPy weights and biases named by layer"),
    (alternating, "NumPy numbered arrays"),
    (lambda network: {f"{kind}{k}": value for k, (matrix, bias) in enumerate(network, 1)
                      for kind, value in (("W", matrix.T), ("b", bias))}, "NumPy W1, b1, W2, b2, ..."),
])  # fmt: skip
def test_a_file_is_called_by_the_names_in_it(names: Callable[[Layers], dict[str, np.ndarray]], title: str):
    assert recognise(npz_bytes(**names(layers([3, 5, 4, 2])))).format == title
