"""The layer |z|, which torch does not have."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class Abs(nn.Module):
    """The absolute value of every number."""

    def forward(self, x: Tensor) -> Tensor:
        return torch.abs(x)
