"""The panel for a network from a file: what was read, choices that the file leaves open, and the accuracy of each.

All text from the file, its name included, is shown without Markdown.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import streamlit as st
import torch
from torch import nn

from figures.words import sentence
from geometry import Network, as_network
from geometry.network.affine import Shape
from models import Candidate, Images, Score, better
from models.networks.output_meaning import OutputMeaning
from pages.shared.accuracy_list import Share, accuracy_list, percent
from pages.shared.by_key import by_key
from pages.shared.layer_list import layer_list, shape_words
from pages.shared.network_file import KINDS, NetworkFile, keep_file, kept_file, network_uploader
from pages.shared.normalisation import (
    MeanAndDeviation,
    Normalisation,
    normalisation_controls,
    proposal_words,
    set_normalisation,
)
from pages.shared.output_meaning import meaning_controls
from pages.shared.plain import complain, plain
from pages.shared.state import Record, Values
from pages.shared.trials import Trials, things, trials

ANY_INPUTS = "of any number of values"


@dataclass(frozen=True, eq=False)
class Loaded:
    """A network read from a file."""

    network: Network  # in float64
    module: nn.Sequential
    title: str  # the file's name: text from outside
    note: str  # its format and accuracy, in one line of Markdown
    bands: tuple[str, ...] = ()  # the names of its classes where they are bands of a number


class PanelState(Record):
    """State by place on a page, or by place and file."""

    refused: Values[str] = Values("{}-refused")  # the reason why the last file is not used
    reading: Values[int | None] = Values("{}-reading")
    cascade: Values[int] = Values("{}-cascade")


STATE = PanelState()


def network_panel(
    images: Images | Callable[[NetworkFile], Images], key: str, *, fewer_classes: bool = False, meanings: bool = True
) -> Loaded | None:
    """The uploader, with controls for all that a file leaves open, for inputs like these images.

    `key` names the network's place on the page. An invalid file shows an error, and the previous network stays. None
    before there is a network, or while the reader has to choose a reading. A network must know all classes of the
    images, unless `fewer_classes`. A function gives the inputs for a file, where its network decides how many there
    are; it raises a ValueError if there are none. Without `meanings` the outputs are the file's own, and the panel does
    not ask what they mean.
    """
    kept, refusal = kept_file(key), ""
    loaded: Loaded | None = None
    uploaded: NetworkFile | None = None
    takes = ANY_INPUTS if callable(images) else shape_words(images.shape)
    try:
        uploaded = network_uploader(key, takes)
    except ValueError as error:
        complain(error)
        refusal = sentence(error)
    if uploaded is None and kept is None:
        st.caption(f"A network for inputs {takes}: {KINDS}.")
    for file in dict.fromkeys((uploaded, kept)):
        if file is None:
            continue
        if file is not uploaded:
            st.caption(f"Still in use: {plain(file.name)}")
        try:
            points = images(file) if callable(images) else images
            loaded = _file_section(file, points, f"{key}-{file.key}", meanings)
            if loaded is not None and not fewer_classes and not loaded.bands:
                _check_classes(file, loaded.network, points)
        except ValueError as error:
            complain(error)
            refusal, loaded = refusal or sentence(error), None
            continue
        keep_file(key, file)
        break
    STATE.refused[key] = refusal
    return loaded


def why_refused(key: str) -> str:
    """Why the last file in this place is not used, as a sentence that may quote it; empty if it is used."""
    return STATE.refused.get(key) or ""


def _file_section(file: NetworkFile, images: Images, prefix: str, meanings: bool) -> Loaded | None:
    """The part of the panel for one file. Its controls' keys contain the file's key: each file keeps its choices."""
    cascade = STATE.cascade.get(prefix) or 0
    tried = trials(file, images, cascade)
    if file.second is not None and not tried.second_used:
        st.warning(f"{plain(file.name)} stands alone: {plain(file.second_name)} is not read.", icon=":material/draft:")
    summary, proposal = st.container(), st.container()
    count = tried.candidates[0].cascade
    if count > 1:
        st.number_input(
            "Which network of the cascade", 0, count - 1, key=STATE.cascade.key(prefix), persist_state="session",
            help="The file holds several networks, counted from 0: a cascade. Each but the first was trained on the "
            "points that those before it could not certify.",
        )  # fmt: skip
    candidate = _reading_control(tried, images.shape, prefix)
    if candidate is None:
        with proposal:
            _proposal(tried, tried.favourite(), images.shape, prefix)
        return None
    if not candidate.supported:
        raise ValueError(candidate.refusal)
    chosen = normalisation_controls(candidate, tried, images, prefix)
    made = partial(_made, file, cascade, repr(candidate.reading), chosen.normalize, images.shape)
    as_it_stands = OutputMeaning()
    meaning = as_it_stands
    if meanings:
        with st.expander("What its outputs mean", icon=":material/label:"):  # folded: most networks tell classes apart
            meaning = meaning_controls(made(as_it_stands, candidate)[1], images, prefix)
    with summary:
        note = _summary(candidate, chosen, images, tried=meaning == as_it_stands)
    with proposal:
        best = None if chosen.score is None or meaning.class_names else better(tried.scores, chosen.score)
        _proposal(tried, best, images.shape, prefix, candidate)
    _what_was_read(candidate, chosen, images)
    module, network = made(meaning, candidate)
    return Loaded(network, module, file.name, note, meaning.class_names)


def _check_classes(file: NetworkFile, network: Network, images: Images) -> None:
    needed = images.largest_label + 1
    if needed > network.classes:
        raise ValueError(
            f"the network in {file.name} knows {network.classes} classes, these {things(images)} have {needed}: "
            "choose other ones or another network"
        )


def _reading_control(tried: Trials, shape: Shape, prefix: str) -> Candidate | None:
    """The choice among the readings that fit; empty at first if neither the file nor the images single one out."""
    candidates = tried.candidates
    if len(candidates) == 1:
        return candidates[0]
    likeliest = tried.likeliest()
    titles = [_title(candidate, shape) for candidate in candidates]
    best_scores = [tried.best(candidate) for candidate in candidates]
    options = [f"{number}. {title}" if score is None else f"{number}. {percent(score.accuracy)}, {title}"
               for number, (title, score) in enumerate(zip(titles, best_scores), 1)]  # fmt: skip
    number = st.selectbox(
        "Read as", range(len(candidates)), index=None if likeliest is None else candidates.index(likeliest),
        format_func=options.__getitem__, key=STATE.reading.key(prefix), placeholder="Choose how the file is meant",
        persist_state="session",
        help="The file holds weights without the layers around them: their shapes fit all of these. "
        "The likeliest comes first.",
    )  # fmt: skip
    if number is None:
        st.warning(
            f"{len(candidates)} networks fit these weights, and nothing tells for sure which is meant: choose one.",
            icon=":material/help:",
        )
    with st.expander(f"All {len(candidates)} readings", icon=":material/list:", expanded=number is None):
        shares = [
            Share(f"{place}. {title}", None if score is None else score.accuracy, place - 1 == number)
            for place, (title, score) in enumerate(zip(titles, best_scores), 1)
        ]
        st.html(accuracy_list("Right, with the normalisation that suits each best:", shares, wide=True))
    return None if number is None else candidates[number]


def _title(candidate: Candidate, shape: Shape) -> str:
    """A reading in a few words, without the input shape, which is the same for all."""
    return candidate.title.removeprefix(f"inputs {shape_words(shape)}").removeprefix(", ") or "as it stands"


def _summary(candidate: Candidate, chosen: Normalisation, images: Images, tried: bool) -> str:
    """Shows and returns a line on format and, if it was tried, accuracy; then shows the candidate's notes."""
    note = plain(candidate.format)
    if not tried:
        pass
    elif chosen.score is None:
        note += f"; {plain(images.name)} has no labels to try it on"
    else:
        note += f"; right on {percent(chosen.score.accuracy)} of {chosen.score.count} {things(images)}"
        if chosen.score.accuracy < 0.5:
            note += ". That is little: is another reading or normalisation meant?"
    st.caption(note)
    for remark in candidate.notes:
        st.caption(f":material/info: {plain(remark)}")
    return note


def _proposal(tried: Trials, best: Score | None, shape: Shape, prefix: str, current: Candidate | None = None) -> None:
    """A button for a choice with a clearly higher accuracy on the images, if there is one."""
    if best is None:
        return
    how = [] if best.candidate.normalises else [proposal_words(best.normalisation)]
    if best.candidate is not current:
        how.append(f"read as “{_title(best.candidate, shape)}”")
    st.button(
        f"{percent(best.accuracy)} {plain(', '.join(how))}: use it?", icon=":material/auto_fix_high:", type="primary",
        key=f"{prefix}-use", width="stretch", on_click=_use, args=(tried, best, prefix),
        help=f"Right on clearly more of these {best.count}: by over three standard deviations of chance.",
    )  # fmt: skip


def _use(tried: Trials, best: Score, prefix: str) -> None:
    """Choose a reading and a normalisation as if the reader had."""
    STATE.reading[prefix] = tried.candidates.index(best.candidate)
    set_normalisation(prefix, best.normalisation)


def _what_was_read(candidate: Candidate, chosen: Normalisation, images: Images) -> None:
    """The list of layers, and the assumptions in sentences."""
    with st.expander("What was read", icon=":material/account_tree:", expanded=True):
        st.html(layer_list(candidate.layers, images.shape, chosen.words, candidate.assumptions))


@st.cache_resource(show_spinner=False, max_entries=12, hash_funcs={NetworkFile: by_key})
def _made(
    file: NetworkFile,
    cascade: int,
    reading: str,
    normalize: MeanAndDeviation | None,
    shape: Shape,
    meaning: OutputMeaning,
    _candidate: Candidate,
) -> tuple[nn.Sequential, Network]:
    """The candidate's network for raw inputs and classes by `meaning`, as a torch module and as a `Network`."""
    module = _candidate.with_normalisation(normalize, shape)
    if meaning != OutputMeaning():
        as_it_stands = _made(file, cascade, reading, normalize, shape, OutputMeaning(), _candidate)[1]
        module = meaning.applied(module, as_it_stands.outputs)
    return module, as_network(module, shape).detached().to(torch.float64)
