"""A file's readings, each tried on the chosen images; kept while they are asked for."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial

import streamlit as st

from geometry.network.affine import Shape
from models import Candidate, Images, Score, better, readings, scores, settled
from pages.shared.by_key import BY_KEY, by_key
from pages.shared.layer_list import input_words
from pages.shared.network_file import NetworkFile

TRIED = 500  # images, the first that have labels: the deviation of an accuracy is at most 2.2 %
TRIED_OF_MANY = 200  # where there are several readings: 70 choices take 5 s, on 500 images 13 (benchmarks.readings)


@dataclass(frozen=True, eq=False)
class Trials:
    """The readings of a file that fit the images, likeliest first, and how well each does.

    scores : best first, one for each reading and normalisation; none where no image has a label
    second_used : whether the file needed the one beside it
    """

    candidates: tuple[Candidate, ...]
    scores: tuple[Score, ...]
    second_used: bool

    def score(self, candidate: Candidate, normalisation: str) -> Score | None:
        """Of one choice, if it was tried."""
        return next(
            (each for each in self.scores if each.candidate is candidate and each.normalisation == normalisation), None
        )

    def best(self, candidate: Candidate) -> Score | None:
        """Of a reading under the normalisation that suits it best."""
        return next((each for each in self.scores if each.candidate is candidate), None)

    def likeliest(self) -> Candidate | None:
        """The reading to begin with: what a stated rule or, failing that, the images single out; None: neither does.

        Images single out their favourite where all readings could be tried.
        """
        if (by_rule := settled(self.candidates)) is not None:
            return by_rule
        favourite = self.favourite() if all(self.best(each) for each in self.candidates) else None
        return None if favourite is None else favourite.candidate

    def favourite(self) -> Score | None:
        """The choice that gets most of the images right, and clearly more than any other reading that was tried."""
        if not self.scores or self.scores[0].accuracy <= 0.5:
            return None
        first = self.scores[0]
        rivals = [self.best(each) for each in self.candidates if each is not first.candidate]
        return first if all(rival is None or better([first], rival) for rival in rivals) else None


def trials(file: NetworkFile, images: Images, cascade: int) -> Trials:
    """The readings of a file for these images, each tried on some of them.

    Raises
    ------
    ValueError
        In a sentence: a file that cannot be read, or whose network takes other inputs.
    """
    return _trials(file, images, cascade)


@st.cache_resource(show_spinner="Reading the network …", max_entries=6, hash_funcs={**BY_KEY, NetworkFile: by_key})
def _trials(file: NetworkFile, images: Images, cascade: int) -> Trials:
    shape = images.shape
    candidates, second_used = _read(file, cascade, None)
    if len(candidates) > 1 and any(each.input_shape == shape for each in candidates):
        candidates, second_used = _read(file, cascade, shape)  # the rule may single one out of those for this shape
    fitting = [each for each in candidates if each.input_shape == shape]
    fitting = fitting or [each for each in candidates if each.input_shape == (math.prod(shape),)]  # it flattens them
    if not fitting:
        takes = " or ".join(dict.fromkeys(input_words(each.input_shape) for each in candidates))
        raise ValueError(
            f"the network in {file.name} takes {takes}, but the {things(images)} on this page are "
            f"{input_words(shape)} each: choose other {things(images)} or another network"
        )
    there = [each for each in fitting if each.supported]
    labelled = bool((images.y >= 0).any())
    count = TRIED if len(fitting) == 1 else TRIED_OF_MANY
    tried = scores(there, images.x, images.y, n=count) if there and labelled else []
    return Trials(tuple(fitting), tuple(tried), second_used)


def _read(file: NetworkFile, cascade: int, shape: Shape | None) -> tuple[list[Candidate], bool]:
    """All readings, and whether the second file was needed for them."""
    read = partial(readings, file.content, cascade=cascade, input_shape=shape)
    if file.second is None:
        return read(), False
    try:
        return read(), False
    except ValueError:
        return read(second=file.second), True


def things(images: Images) -> str:
    """What these inputs are called."""
    return "images" if len(images.shape) == 3 else "points"
