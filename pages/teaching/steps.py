"""What a tour is made of: steps, and the sentences of each with what makes them true."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from pages.teaching.questions import Question


@dataclass(frozen=True)
class Stop:
    """A page as a tour reaches it."""

    title: str
    path: str
    script: str


@dataclass(frozen=True)
class Sentence:
    """One sentence, and what has to hold for it to be true.

    `claim` names a check, or a thing that is done to the page and seen to work, in the tests of the tours. A number in
    the text stands in `values`, where the check reads it, and `<name>` stands for it in the text. `shows` names the
    places of the page (`PLACES`) that the sentence speaks of.
    """

    text: str
    claim: str
    shows: tuple[str, ...] = ()
    values: Mapping[str, float] = field(default_factory=dict)

    @property
    def said(self) -> str:
        return re.sub(r"<(\w+)>", lambda name: f"{self.values[name[1]]:,g}", self.text)


@dataclass(frozen=True)
class Step:
    """One thing to see: a title, a few sentences, and the page with the link's parts that shows it.

    What the link does not say is at its default. `below` is the height in pixels of what has to be in view under the
    picture; `keys` says that the picture takes keys. `words` is the Markdown of a step without sentences, whose claims
    nothing tests: of a lesson file.
    """

    title: str
    page: str
    link: Mapping[str, str]
    sentences: tuple[Sentence, ...]
    below: int = 0
    keys: bool = False
    words: str = ""
    question: Question | None = None

    @property
    def text(self) -> str:
        return self.words or " ".join(sentence.said for sentence in self.sentences)

    @property
    def shows(self) -> tuple[str, ...]:
        """The places of the page that have to be in view."""
        return tuple(dict.fromkeys(place for sentence in self.sentences for place in sentence.shows))


PAGES = {
    "explore": Stop("Explore", "/", "pages/explore/page.py"),
    "certify": Stop("Certify", "/certify", "pages/certify/page.py"),
    "train": Stop("Train", "/train", "pages/train/page.py"),
    "polytope": Stop("Polytope", "/polytope", "pages/polytope/page.py"),
    "slices": Stop("Slices", "/slices", "pages/slices/page.py"),
    "papers": Stop("Papers", "/papers", "pages/papers/page.py"),
}

PLACES = {  # of the pages, by CSS; names before a dash are the page's
    "explore-picture": ".st-key-explore-picture",
    "explore-reading": '[data-testid="verdict"]',
    "explore-distances": ".st-key-reading-distances",
    "explore-drawing": ".st-key-explore-drawing-box",
    "explore-training": ".st-key-training-bar",
    "explore-formula": ".st-key-explain-formula",
    "explore-norms": ".st-key-p",
    "certify-verdict": '[data-testid="verdict"]',
    "certify-ladder": ".st-key-chart-ladder",
    "certify-curves": ".st-key-chart-robust-error",
    "train-pictures": ".st-key-train-view-1",
    "train-numbers": ".train-head",
    "train-says": ".train-says",
    "train-transport": ".st-key-train-transport",
    "train-timeline": ".st-key-train-timeline",
    "train-loss": ".st-key-train-chart-loss",
    "train-lambda": ".st-key-train-b-lam",
    "train-eps": ".st-key-train-eps",
    "train-export": ".st-key-train-export",
    "polytope-verdict": '[data-testid="verdict"]',
    "polytope-inputs": ".st-key-polytope-inputs",
    "polytope-outputs": ".st-key-polytope-outputs",
    "polytope-one-unit": ".st-key-polytope-relaxation",
    "polytope-presets": ".st-key-polytope-preset",
    "slices-pictures": ".st-key-slices-view-0",
    "slices-beside": ".st-key-slices-view-1",
    "slices-counts": '[data-testid="count"]',
    "slices-verdict": '[data-testid="verdict"]',
    "slices-images": ".st-key-slices-tiles-0",
    "slices-edges": ".st-key-slices-chart-along-0",
    "slices-gradients": ".st-key-slices-gradients",
}
