"""Loops of many small kernels on a GPU, recorded once as a CUDA graph: one by one, launching them costs more than they.

A graph knows its tensors by their addresses, so it is recorded anew when a network's weights have moved elsewhere;
their values may change.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from itertools import chain
from weakref import WeakKeyDictionary

import torch
from torch import Tensor, nn

WARM_UP = 3  # runs before recording, in which libraries choose their kernels and take their memory
MOST = 8  # recordings kept for one network: batches of one or two sizes, with a few settings


class Recording:
    """A function of tensors on a GPU, and of nothing else that changes, recorded for tensors of these shapes."""

    def __init__(self, function: Callable[..., Tensor], *inputs: Tensor) -> None:
        self._inputs = [tensor.clone() for tensor in inputs]
        aside = torch.cuda.Stream()
        aside.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(aside):
            for _ in range(WARM_UP):
                function(*self._inputs)
        torch.cuda.current_stream().wait_stream(aside)
        self._graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(self._graph, capture_error_mode="thread_local"):
            self._output = function(*self._inputs)

    def __call__(self, *inputs: Tensor) -> Tensor:
        for mine, given in zip(self._inputs, inputs):
            mine.copy_(given)
        self._graph.replay()
        return self._output.clone()


_recordings: WeakKeyDictionary[nn.Module, dict[Hashable, Recording]] = WeakKeyDictionary()


def replayed(network: nn.Module, setting: Hashable, function: Callable[..., Tensor], *inputs: Tensor) -> Tensor:
    """function(*inputs), which depends on the network's weights and on `setting`; on a GPU by replaying a recording.

    The function must do the same kernels whatever the numbers are. What it returns has no gradient.
    """
    if not inputs[0].is_cuda:
        return function(*inputs)
    addresses = tuple(tensor.data_ptr() for tensor in chain(network.parameters(), network.buffers()))
    key = (setting, addresses, *((tensor.shape, tensor.dtype) for tensor in inputs))
    known = _recordings.setdefault(network, {})
    if key not in known:
        if len(known) >= MOST:
            known.clear()
        known[key] = Recording(function, *inputs)
    return known[key](*inputs)
