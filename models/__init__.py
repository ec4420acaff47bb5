"""Data sets, networks, their files, and training."""

from models.cards import Card, read_card
from models.datasets import DATASETS, Dataset, check_learnable, window_around
from models.engine import Snapshot
from models.files import FORMATS, load_network, network_bytes, save_network
from models.networks import mlp, parse_widths, tight_network
from models.objectives import OBJECTIVES, make_objective
from models.points import read_points, write_points
from models.presets import PRESETS, load_preset
from models.pytorch_code import as_pytorch_code
from models.training import History, TooManyTrainersError, Trainer, fit

__all__ = [
    "DATASETS",
    "FORMATS",
    "OBJECTIVES",
    "PRESETS",
    "Card",
    "Dataset",
    "History",
    "Snapshot",
    "TooManyTrainersError",
    "Trainer",
    "as_pytorch_code",
    "check_learnable",
    "fit",
    "load_network",
    "load_preset",
    "make_objective",
    "mlp",
    "network_bytes",
    "parse_widths",
    "read_card",
    "read_points",
    "save_network",
    "tight_network",
    "window_around",
    "write_points",
]
