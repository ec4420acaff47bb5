"""The fast transposed convolution is the plain one."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from certify.bounds.transposed_convolution import transpose
from geometry import as_network


@pytest.mark.parametrize("kernel", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("stride", [1, 2, 3])
@pytest.mark.parametrize("padding", [0, 1, 2])
def test_rows_times_the_matrix_of_the_convolution(kernel, stride, padding):
    torch.manual_seed(0)
    module = nn.Conv2d(3, 4, (kernel, 3), stride, padding)
    conv = as_network(nn.Sequential(module), (3, 9, 8)).layers[0].affine
    rows = torch.randn(5, conv.bias.numel())
    torch.testing.assert_close(transpose(conv, rows), conv.transpose(rows))
