"""What weights leave open is guessed by the stated rule, and the other readings are offered."""

from __future__ import annotations

import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from torch import nn

from models import Reading
from models.files.bare_weights.padding import outputs, same, symmetric
from models.files.bare_weights.recognise import Origin
from models.files.candidates import _text
from models.files.network_files import load_network, recognise
from models.networks.builders import mlp
from tests.models.samples import network_bytes, torch_bytes


def network(kernel: int, stride: int, padding: int, channels: int = 1, size: int = 28) -> nn.Sequential:
    head = [nn.Conv2d(channels, 3, kernel, stride, padding), nn.ReLU(), nn.Conv2d(3, 2, kernel, stride, padding)]
    units = nn.Sequential(*head)(torch.zeros(1, channels, size, size)).numel()
    return nn.Sequential(*head, nn.ReLU(), nn.Flatten(), nn.Linear(units, 4)).eval()


@pytest.mark.parametrize(
    ("made", "size"),
    [
        (network(4, 2, 1), 28), (network(4, 2, 1, 3, 32), 32), (network(4, 2, 1, 1, 12), 12),
        (network(3, 1, 1), 28), (network(5, 1, 0), 28), (network(3, 2, 1), 28), (network(3, 2, 1, 3, 32), 32),
        (network(5, 2, 0, 3, 32), 32),
    ],
)  # fmt: skip
def test_the_usual_networks_are_guessed_right(made: nn.Sequential, size: int) -> None:
    found = recognise(torch_bytes(made.state_dict()))
    x = torch.rand(2, made[0].in_channels, size, size)
    assert found.input_shape == tuple(x.shape[1:])
    assert torch.equal(found.network(x), made(x))


@settings(deadline=None, max_examples=25)
@given(st.sampled_from([2, 3, 4, 5]), st.sampled_from([1, 2]), st.booleans(), st.sampled_from([28, 32]))
def test_the_truth_is_among_the_readings(kernel: int, stride: int, padded: bool, size: int) -> None:
    made = network(kernel, stride, (1 if kernel == 4 else kernel // 2) if padded else 0, size=size)
    stored = torch_bytes(made.state_dict())
    x = torch.rand(2, 1, size, size)
    ways = recognise(stored).readings
    assert len(set(ways)) == len(ways)
    loaded = [load_network(stored, **way.keywords()) for way in ways]
    assert all(recognise(stored, **way.keywords()).readings[0] == way for way in ways)
    fitting = [found for found, way in zip(loaded, ways) if way.input_shape == tuple(x.shape[1:])]
    half = kernel // 2 if kernel != 4 else 2  # padding 1 of a 4 x 4 kernel comes with stride 2 alone
    if made[0].padding in ((0, 0), (half, half)) or stride == 2:
        assert any(torch.equal(found(x), made(x)) for found in fitting)


def test_published_networks_leave_no_question() -> None:
    found = recognise(torch_bytes(network(4, 2, 1).state_dict()))
    assert found.readings == (Reading((1, 28, 28), (2, 2), (1, 1)),)


def test_a_reading_says_itself_in_words() -> None:
    found = recognise(torch_bytes(network(4, 2, 1).state_dict()))
    assert str(found.readings[0]) == "inputs 1×28×28, stride 2, padding 1"
    assert str(recognise(network_bytes(mlp((2, 3, 2)))).readings[0]) == "inputs 2"


def test_images_may_also_be_flat() -> None:
    found = recognise(torch_bytes(mlp((784, 3, 2)).state_dict()))
    assert [way.input_shape for way in found.readings] == [(1, 28, 28), (784,)]
    flat = load_network(torch_bytes(mlp((784, 3, 2)).state_dict()), input_shape=(784,))
    assert flat(torch.zeros(1, 784)).shape == (1, 2)


def test_cascades_hold_networks_to_choose_from() -> None:
    first, second = mlp((2, 5, 3)), mlp((2, 4, 3), seed=1)
    stored = torch_bytes({"state_dict": [first.state_dict(), second.state_dict()], "err": 0.1, "epoch": 3})
    assert recognise(stored).cascade == 2
    x = torch.rand(4, 2)
    assert torch.equal(load_network(stored)(x), first(x))
    assert torch.equal(load_network(stored, cascade=1)(x), second(x))
    with pytest.raises(ValueError, match="holds 2 network"):
        load_network(stored, cascade=2)
    with pytest.raises(ValueError, match="holds 1 network"):
        load_network(network_bytes(first), cascade=1)


@settings(deadline=None, max_examples=60)
@given(
    st.integers(5, 9), st.integers(1, 5), st.integers(1, 3), st.integers(1, 2),
    st.tuples(st.integers(0, 3), st.integers(0, 3)),
)  # fmt: skip
def test_a_grown_kernel_is_the_same_convolution(
    size: int, kernel: int, stride: int, dilation: int, extra: tuple[int, int]
) -> None:
    rows, columns = (0, dilation * extra[0]), (dilation * extra[1], 0)
    assume(min(outputs(size, kernel, stride, sides, dilation) for sides in (rows, columns)) > 0)
    image, weight = torch.rand(1, 1, size, size), torch.rand(2, 1, kernel, kernel)
    expected = nn.functional.conv2d(
        nn.functional.pad(image, (*columns, *rows)), weight, stride=stride, dilation=dilation
    )
    grown, padding = symmetric(weight, rows, columns, (dilation, dilation))
    found = nn.functional.conv2d(image, grown, stride=stride, dilation=dilation, padding=padding)
    torch.testing.assert_close(found, expected)
    assert expected.shape[2] == outputs(size, kernel, stride, rows, dilation)


@given(st.integers(1, 40), st.integers(1, 7), st.integers(1, 4))
def test_same_padding_gives_one_output_per_stride(size: int, kernel: int, stride: int) -> None:
    padding = same(size, kernel, stride)
    assert outputs(size, kernel, stride, padding) == -(-size // stride)
    assert padding[1] - padding[0] in (0, 1)


def test_paddings_are_written_in_one_way_whatever_the_file_says():
    layer = {"layer": "Conv2d", "kernel_size": [3, 3], "stride": [1, 1]}
    origin = Origin("read from the file")
    written = [_text({**layer, "padding": padding}, origin) for padding in (1, [1], [1, 1], [1, 2], "same")]
    assert [text.split("padding ")[1].split(";")[0] for text in written] == ["1", "1", "1", "1, 2", "same"]
