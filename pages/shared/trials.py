"""Trials: the accuracy of each reading of a file on the chosen images, cached."""

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

TRIED = 500  # images, the first with labels: the standard deviation of an accuracy is at most 2.2 %
TRIED_OF_MANY = 200  # with several readings: 70 choices take 5 s, on 500 images 13 s (benchmarks.readings)


@dataclass(frozen=True, eq=False)
class Trials:
    """The readings of a file that fit the images, likeliest first, and their accuracies.

    scores : best first, one for each reading and normalisation; none where no image has a label
    second_used : whether the file needed the second file
    """

    candidates: tuple[Candidate, ...]
    scores: tuple[Score, ...]
    second_used: bool

    def score(self, candidate: Candidate, normalisation: str) -> Score | None:
        """The score of a reading under a normalisation; None if it was not tried."""
        return next(
            (trial for trial in self.scores if trial.candidate is candidate and trial.normalisation == normalisation),
            None,
        )

    def best(self, candidate: Candidate) -> Score | None:
        """The score of a reading under the normalisation with the highest accuracy."""
        return next((score for score in self.scores if score.candidate is candidate), None)

    def likeliest(self) -> Candidate | None:
        """The reading to begin with: the one that a stated rule singles out, or else the images; None if neither does.

        The images single out their favourite only if all readings could be tried.
        """
        if (by_rule := settled(self.candidates)) is not None:
            return by_rule
        favourite = self.favourite() if all(self.best(candidate) for candidate in self.candidates) else None
        return None if favourite is None else favourite.candidate

    def favourite(self) -> Score | None:
        """The choice with the highest accuracy, if it is clearly above that of every other reading."""
        if not self.scores or self.scores[0].accuracy <= 0.5:
            return None
        first = self.scores[0]
        rivals = [self.best(candidate) for candidate in self.candidates if candidate is not first.candidate]
        return first if all(rival is None or better([first], rival) for rival in rivals) else None


OFF_THE_PLANE = (
    "choose another network. Certify has Images for such a network: HAR, and NPZ files of your own with inputs of any "
    "shape; and python -m certify property decides its properties"
)


def trials(file: NetworkFile, images: Images, cascade: int) -> Trials:
    """The readings of a file for these images, each tried on some of them.

    Raises
    ------
    ValueError
        If the file cannot be read, or its network takes other inputs; the message is a sentence.
    """
    return _trials(file, images, cascade)


@st.cache_resource(show_spinner="Reading the network …", max_entries=6, hash_funcs={**BY_KEY, NetworkFile: by_key})
def _trials(file: NetworkFile, images: Images, cascade: int) -> Trials:
    shape = images.shape
    candidates, second_used = _read(file, cascade, None)
    if len(candidates) > 1 and any(candidate.input_shape == shape for candidate in candidates):
        candidates, second_used = _read(file, cascade, shape)  # with the shape known, the rule may single one out
    fitting = [candidate for candidate in candidates if candidate.input_shape == shape]
    fitting = fitting or [candidate for candidate in candidates if candidate.input_shape == (math.prod(shape),)]
    if not fitting:
        takes = " or ".join(dict.fromkeys(input_words(candidate.input_shape) for candidate in candidates))
        ways = OFF_THE_PLANE if shape == (2,) else f"choose other {things(images)} or another network"
        raise ValueError(
            f"the network in {file.name} takes {takes}, but the {things(images)} on this page are "
            f"{input_words(shape)} each: {ways}"
        )
    supported = [candidate for candidate in fitting if candidate.supported]
    labelled = bool((images.y >= 0).any())
    count = TRIED if len(fitting) == 1 else TRIED_OF_MANY
    tried = scores(supported, images.x, images.y, n=count) if supported and labelled else []
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
    """The plural noun for these inputs."""
    return "images" if len(images.shape) == 3 else "points"
