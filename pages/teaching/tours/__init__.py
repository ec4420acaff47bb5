"""The tours, one a page, in the order in which they lead on to one another."""

from pages.teaching.steps import Step
from pages.teaching.tours.certify import CERTIFY
from pages.teaching.tours.explore import EXPLORE
from pages.teaching.tours.polytope import POLYTOPE
from pages.teaching.tours.slices import SLICES
from pages.teaching.tours.train import TRAIN

TOURS: dict[str, tuple[Step, ...]] = {
    "explore": EXPLORE,
    "certify": CERTIFY,
    "train": TRAIN,
    "polytope": POLYTOPE,
    "slices": SLICES,
}

__all__ = ["TOURS"]
