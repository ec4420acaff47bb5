"""Batches cover every row of every sample once, and hold no more numbers than they may."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from certify.bounds import batches as module
from certify.bounds import tuning
from certify.bounds.batches import batches

CPU = torch.device("cpu")


@given(st.integers(1, 40), st.integers(1, 60), st.integers(1, 50), st.integers(1, 4000))
def test_every_row_is_in_one_batch_and_none_is_too_large(samples: int, rows: int, length: int, numbers: int) -> None:
    seen = np.zeros((samples, rows), dtype=int)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tuning, "NUMBERS_AT_ONCE", numbers)
        for some, chosen in batches(samples, rows, length, CPU):
            seen[some, chosen] += 1
            size = (some.stop - some.start) * (chosen.stop - chosen.start) * length
            assert size <= max(numbers, length)
    assert (seen == 1).all()


def test_a_gpu_with_much_memory_takes_more_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    class Card:
        total_memory = 2**30

    monkeypatch.setattr(torch.cuda, "get_device_properties", lambda device: Card)
    assert module.numbers_at_once(1000, torch.device("cuda")) == 2**30 // module.SHARE_OF_GPU
    assert module.numbers_at_once(2**40, torch.device("cuda")) == 2**40
    assert module.numbers_at_once(1000, CPU) == 1000
