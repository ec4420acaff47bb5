"""What the Train page shows of a network, without the page."""

from __future__ import annotations

import numpy as np
import torch
from torch import nn

from geometry import as_network
from geometry.plane import Plane
from models import mlp, parse_widths
from models.data.toy import DATASETS
from pages.teaching.steps import Step
from pages.train.pictures import Moment
from pages.train.training_data import TrainingData
from tests.tour_claims.scene import NORMS


def moment(step: Step, module: nn.Sequential | None = None) -> Moment:
    """Of the step's initial network, unless another is given."""
    data = DATASETS[step.link["data"]]()
    module = module or mlp((2, *parse_widths(step.link["widths"]), data.classes))
    network = as_network(module, (2,)).to(torch.float64)
    x, y = np.array(data.x), np.array(data.y)
    training_data = TrainingData(x, y, "", "", data.classes, (), Plane.identity(), data.window, x, y, None, data, {})
    return Moment(network, training_data, 0, 0.0, float(step.link["eps"]), NORMS[step.link["p"]])
