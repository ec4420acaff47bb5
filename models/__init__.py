"""Data sets, network architectures, files of networks, and training."""

from models.data.images import (
    IMAGE_SETS,
    Images,
    accuracy,
    available_images,
    download_images,
    load_images,
    read_images,
    read_images_at,
)
from models.data.points import read_points, write_points
from models.data.toy import DATASETS, Dataset, check_learnable, window_around
from models.files.bare_weights.readings import Reading
from models.files.candidates import Candidate, LayerNote
from models.files.cards import Card, read_card
from models.files.network_files import (
    FORMATS,
    Recognised,
    load_network,
    network_bytes,
    readings,
    recognise,
    save_network,
    settled,
)
from models.files.scores import AS_IT_IS, NORMALISATIONS, Score, better, scores
from models.networks.builders import (
    expected_regions,
    image_mlp,
    mlp,
    parse_widths,
    random_network,
    small_cnn,
    tight_network,
)
from models.networks.error_rate import error_rate
from models.networks.initial_weights import INITIAL_WEIGHTS, draw_weights
from models.networks.input_shapes import input_shape_of
from models.networks.pytorch_code import as_pytorch_code
from models.objectives import OBJECTIVES, make_objective
from models.presets import PRESETS, Preset, load_preset
from models.training.fitting import History, fit
from models.training.lockstep import Lockstep
from models.training.timeline import Curve, Records, Snapshot, Timeline
from models.training.trainer import Trainer

__all__ = [
    "AS_IT_IS",
    "DATASETS",
    "FORMATS",
    "IMAGE_SETS",
    "INITIAL_WEIGHTS",
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
    "Lockstep",
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
    "draw_weights",
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
    "read_images_at",
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
