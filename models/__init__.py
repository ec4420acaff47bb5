"""Data sets, networks, their files, and training."""

from models.architecture import input_shape_of
from models.candidates import Candidate, LayerNote
from models.cards import Card, read_card
from models.datasets import DATASETS, Dataset, check_learnable, window_around
from models.engine import error_rate
from models.files import (
    FORMATS,
    Recognised,
    load_network,
    network_bytes,
    readings,
    recognise,
    save_network,
    settled,
)
from models.fitting import History, fit
from models.formats.readings import Reading
from models.images import (
    IMAGE_SETS,
    Images,
    accuracy,
    available_images,
    download_images,
    load_images,
    read_images,
)
from models.level import Level
from models.networks import expected_regions, image_mlp, mlp, parse_widths, random_network, small_cnn, tight_network
from models.objectives import OBJECTIVES, make_objective
from models.points import read_points, write_points
from models.presets import PRESETS, Preset, load_preset
from models.pytorch_code import as_pytorch_code
from models.scores import AS_IT_IS, NORMALISATIONS, Score, better, scores
from models.timeline import Curve, Records, Snapshot, Timeline
from models.training import Trainer

__all__ = [
    "AS_IT_IS",
    "DATASETS",
    "FORMATS",
    "IMAGE_SETS",
    "NORMALISATIONS",
    "OBJECTIVES",
    "PRESETS",
    "Candidate",
    "Card",
    "Curve",
    "Dataset",
    "History",
    "Images",
    "LayerNote",
    "Level",
    "Preset",
    "Reading",
    "Recognised",
    "Records",
    "Score",
    "Snapshot",
    "Timeline",
    "Trainer",
    "accuracy",
    "as_pytorch_code",
    "available_images",
    "better",
    "check_learnable",
    "download_images",
    "error_rate",
    "expected_regions",
    "fit",
    "image_mlp",
    "input_shape_of",
    "load_images",
    "load_network",
    "load_preset",
    "make_objective",
    "mlp",
    "network_bytes",
    "parse_widths",
    "random_network",
    "read_card",
    "read_images",
    "read_points",
    "readings",
    "recognise",
    "save_network",
    "scores",
    "settled",
    "small_cnn",
    "tight_network",
    "window_around",
    "write_points",
]
