"""Shapes by arithmetic are those that torch computes."""

from __future__ import annotations

import subprocess
import sys

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from geometry.network.network import Normalize
from models.networks.shapes import shape_after

sizes = st.integers(1, 4)
pairs = st.tuples(sizes, sizes)


@st.composite
def layers(draw: st.DrawFn) -> nn.Module:
    kind = draw(st.sampled_from(["linear", "convolution", "pool", "norm", "norm2", "normalize", "unflatten", "other"]))
    match kind:
        case "linear":
            return nn.Linear(draw(sizes), draw(sizes))
        case "convolution":
            padding = draw(st.one_of(pairs, st.just("valid"), st.just("same")))
            stride = (1, 1) if padding == "same" else draw(pairs)
            dilation, kernel = draw(pairs), draw(pairs)
            return nn.Conv2d(draw(sizes), draw(sizes), kernel, stride, padding, dilation)
        case "pool":
            return nn.AvgPool2d(draw(st.one_of(sizes, pairs)), draw(sizes), draw(st.integers(0, 2)))
        case "norm":
            return nn.BatchNorm1d(draw(sizes))
        case "norm2":
            return nn.BatchNorm2d(draw(sizes))
        case "normalize":
            count = draw(sizes)
            return Normalize([0.0] * count, [1.0] * count)
        case "unflatten":
            return nn.Unflatten(1, draw(st.tuples(sizes, sizes, sizes)))
    return draw(st.sampled_from([nn.ReLU(), nn.LeakyReLU(0.1), nn.Flatten(), nn.Identity(), nn.Dropout(0.5)]))


@given(layers(), st.one_of(st.tuples(st.integers(1, 9)), st.tuples(sizes, st.integers(1, 7), st.integers(1, 7))))
def test_a_layer_fits_exactly_where_torch_runs_it_and_makes_the_same_shape(layer, shape):
    dimensions = {nn.Linear: 1, nn.BatchNorm1d: 1, nn.Conv2d: 3, nn.AvgPool2d: 3, nn.BatchNorm2d: 3}.get(type(layer))
    if dimensions not in (None, len(shape)):
        return  # is checked before
    try:
        expected = tuple(layer.eval()(torch.zeros(2, *shape)).shape[1:])
    except (RuntimeError, ValueError):
        expected = None
    if isinstance(layer, Normalize) and expected is not None and expected[0] != shape[0]:
        expected = None  # torch repeats the one channel for each mean; no image was meant so
    assert shape_after(layer, shape) == expected


@pytest.mark.slow
def test_reading_a_network_waits_for_none_of_torch_s_compiler():
    program = (
        "import sys; from models.gallery import load_shipped;"
        "[load_shipped(name) for name in ('mnist-cnn-linf-plain', 'mnist-fc1-linf-plain')];"
        "sys.exit('sympy' in sys.modules)"  # which that begins with
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
