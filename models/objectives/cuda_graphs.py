"""CUDA graphs for loops of many small kernels, whose launches would cost more than their computation.

A graph refers to tensors by address. It is recorded again when a network's weights have other addresses; their values
may change.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from itertools import chain
from weakref import WeakKeyDictionary

import torch
from torch import Tensor, nn

WARM_UP = 3  # runs before recording, in which libraries choose kernels and allocate memory, as in torch's manual
MOST = 8  # recordings of one network: a limit on memory, enough for two batch sizes and a few settings


class Recording:
    """A CUDA graph of a function of tensors, for tensors of these shapes. It may depend on nothing else that varies."""

    def __init__(self, function: Callable[..., Tensor], *inputs: Tensor) -> None:
        self._inputs = [tensor.clone() for tensor in inputs]
        stream = torch.cuda.Stream()
        stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(stream):
            for _ in range(WARM_UP):
                function(*self._inputs)
        torch.cuda.current_stream().wait_stream(stream)
        self._graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(self._graph, capture_error_mode="thread_local"):
            self._output = function(*self._inputs)

    def __call__(self, *inputs: Tensor) -> Tensor:
        for recorded, tensor in zip(self._inputs, inputs):
            recorded.copy_(tensor)
        self._graph.replay()
        return self._output.clone()


_recordings: WeakKeyDictionary[nn.Module, dict[Hashable, Recording]] = WeakKeyDictionary()


def replayed(network: nn.Module, setting: Hashable, function: Callable[..., Tensor], *inputs: Tensor) -> Tensor:
    """function(*inputs), which may also depend on the network's weights and `setting`; on a GPU by a CUDA graph.

    The function must launch the same kernels for all values. Its result has no gradient.
    """
    if not inputs[0].is_cuda:
        return function(*inputs)
    addresses = tuple(tensor.data_ptr() for tensor in chain(network.parameters(), network.buffers()))
    key = (setting, addresses, *((tensor.shape, tensor.dtype) for tensor in inputs))
    recordings = _recordings.setdefault(network, {})
    if key not in recordings:
        if len(recordings) >= MOST:
            recordings.clear()
        recordings[key] = Recording(function, *inputs)
    return recordings[key](*inputs)
