"""The choice of the normalisation before a network, with the accuracy of each choice."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from geometry.network.affine import Shape
from models import AS_IT_IS, NORMALISATIONS, Candidate, Images, Score, scores
from pages.shared.accuracy_list import Share, accuracy_list, percent
from pages.shared.plain import complain
from pages.shared.state import Record, Values
from pages.shared.trials import TRIED, TRIED_OF_MANY, Trials, things

OWN = "own"
NAMES = {AS_IT_IS: "no", "to [-1, 1]": "scaled to [−1, 1]", OWN: "by own mean and deviation"}
MOST_NUMBERS = 3  # of a mean or deviation that a formula shows; a limit on its length
MeanAndDeviation = tuple[Sequence[float], Sequence[float]]


@dataclass(frozen=True, eq=False)
class Normalisation:
    """A chosen normalisation: (mean, deviation), or None for raw inputs and for a file that includes its own."""

    normalize: MeanAndDeviation | None
    score: Score | None  # its accuracy; None where it cannot be measured
    words: str  # the formula; empty without a normalisation


class NormalisationState(Record):
    """State by place and file."""

    chosen: Values[str] = Values("{}-normalise")  # a name of NORMALISATIONS, AS_IT_IS or OWN
    typed: Values[MeanAndDeviation] = Values("{}-own")  # the last valid mean and deviation


STATE = NormalisationState()


def set_normalisation(prefix: str, name: str) -> None:
    """Choose a normalisation as if the reader had."""
    STATE.chosen[prefix] = name


def normalisation_controls(candidate: Candidate, tried: Trials, images: Images, prefix: str) -> Normalisation:
    """The choice of a normalisation, with the accuracy of each; no control if the file includes its own."""
    if candidate.normalises:
        return Normalisation(None, tried.score(candidate, AS_IT_IS), "")
    choices = {name: tried.score(candidate, name) for name in (AS_IT_IS, *fitting(images.shape))}
    titles = {name: _title(name, score) for name, score in choices.items()} | {OWN: NAMES[OWN]}
    name = st.selectbox(
        "Inputs are normalised", list(titles), key=STATE.chosen.key(prefix), persist_state="session",
        format_func=titles.__getitem__,
        help="Whether the network was trained on (x − mean) / deviation. This is put in front of the network, so that "
        "distances stay in the units of the data. The accuracy tells which is meant.",
    )  # fmt: skip
    normalize: MeanAndDeviation | None = NORMALISATIONS.get(name)
    if name == OWN:
        normalize = own = _own(images.shape, prefix)
        choices[OWN] = _tried(candidate, images, own, TRIED if len(tried.candidates) == 1 else TRIED_OF_MANY)
    count = next((score.count for score in choices.values() if score is not None), 0)
    shares = [
        Share(name_words(option), score.accuracy, option == name)
        for option, score in choices.items()
        if score is not None
    ]
    if len(shares) > 1:
        st.html(accuracy_list(f"Right on {count} {things(images)}, normalised:", shares))
    return Normalisation(normalize, choices[name], "" if normalize is None else formula(*normalize))


def fitting(shape: Shape) -> list[str]:
    """The usual normalisations for images of this shape; none for inputs that are not images."""
    return [name for name, (mean, _) in NORMALISATIONS.items() if len(shape) == 3 and len(mean) in (1, shape[0])]


def name_words(name: str) -> str:
    """A normalisation as an answer to 'Inputs are normalised'."""
    return NAMES.get(name) or f"as {name}"


def proposal_words(name: str) -> str:
    """A normalisation as the end of '92 % ...'."""
    if name == AS_IT_IS:
        return "without normalisation"
    return f"with {name}’s mean and deviation" if name not in NAMES else f"with inputs {NAMES[name]}"


def formula(mean: Sequence[float], deviation: Sequence[float]) -> str:
    """'(x − 0.1307) / 0.3081'; by channel '(x − [0.4914, 0.4822, 0.4465]) / [0.247, 0.2435, 0.2616]'."""
    return f"(x − {_numbers(mean)}) / {_numbers(deviation)}"


def _numbers(values: Sequence[float]) -> str:
    words = [f"{value:.4g}" for value in values[:MOST_NUMBERS]]
    more = ", …" if len(values) > MOST_NUMBERS else ""
    return words[0] if len(values) == 1 else f"[{', '.join(words)}{more}]"


def _title(name: str, score: Score | None) -> str:
    return name_words(name) if score is None else f"{name_words(name)} · {percent(score.accuracy)} right"


def _tried(candidate: Candidate, images: Images, normalize: MeanAndDeviation, n: int) -> Score | None:
    if not bool((images.y >= 0).any()):
        return None
    trial = scores([candidate], images.x, images.y, n=n, normalisations={OWN: normalize})
    return next((score for score in trial if score.normalisation == OWN), None)


def _own(shape: Shape, prefix: str) -> MeanAndDeviation:
    """The typed mean and deviation; invalid text shows an error, and the last valid ones stay in use."""
    last = STATE.typed.get(prefix) or ((0.0,), (1.0,))
    columns = st.columns(2)
    texts = [
        column.text_input(
            title, key=f"{prefix}-{title}", max_chars=400, persist_state="session", placeholder=usual,
            help=f"One number, or {shape[0]} with commas between.",
        )
        for column, title, usual in zip(columns, ("Mean", "Deviation"), ("0", "1"))
    ]  # fmt: skip
    try:
        mean, deviation = (numbers(text or usual, shape[0]) for text, usual in zip(texts, ("0", "1")))
        if min(deviation) <= 0:
            raise ValueError(f"a deviation is above 0, got {min(deviation):g}")
    except ValueError as error:
        complain(f"{error}; {formula(*last)} stays in use")
        return last
    size = max(len(mean), len(deviation))
    own = tuple(values * size if len(values) == 1 else values for values in (mean, deviation))
    STATE.typed[prefix] = last = (own[0], own[1])
    return last


def numbers(text: str, count: int) -> tuple[float, ...]:
    """Read one finite number, or `count` with commas between them.

    Raises
    ------
    ValueError
        If the text is something else; the message quotes it.
    """
    try:
        values = tuple(float(part) for part in text.split(","))
    except ValueError:
        values = ()
    if len(values) not in (1, count) or not all(map(math.isfinite, values)):
        raise ValueError(f"mean and deviation are one number, or {count} with commas between, got {text[:60]!r}")
    return values
