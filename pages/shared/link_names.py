"""The table of all names in links: their meanings, and the pages that share each meaning.

Pages may use the same short name for different values (`a` is an objective on Train and an image on Slices). A session
reads a name of its link only on the pages where it has the same meaning as on the page that the link opened.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from models import OBJECTIVES

EXPLORE, CERTIFY, TRAIN, POLYTOPE = "explore", "certify", "train", "polytope"
SLICES, PAPERS = "slices", "papers"
ALL = (EXPLORE, CERTIFY, TRAIN, POLYTOPE, SLICES, PAPERS)


@dataclass(frozen=True)
class Shared:
    """Names with the same meaning on all of these pages: a value set on one page holds on the others."""

    pages: tuple[str, ...]
    names: Mapping[str, str]  # with their meanings


SLOTS = ("a", "b", "c")
SHARES = tuple(dict.fromkeys(option.name for record in OBJECTIVES.values() for option in record.options))
TABLE = (
    Shared(ALL, {
        "tour": "the step of a tour or lesson", "lesson": "a lesson that somebody wrote",
        "present": "presenter mode",
        "p": "the norm of perturbations",
    }),
    Shared((EXPLORE, TRAIN, SLICES), {
        "colours": "colour-blind lines", "surface": "the picture as a surface: its height, and how it is turned",
    }),
    Shared((EXPLORE, CERTIFY, POLYTOPE), {
        "data": "Explore's data set", "size": "its number of points", "noise": "its noise", "seed": "its seed",
        "classes": "its number of classes", "formula": "the formula of its labels",
        "points": "the points that were edited",
        "network": "where Explore's network comes from", "widths": "its hidden widths", "units": "its kind of unit",
        "init": "the draw of its weights", "steps": "for how many steps it was trained",
        "changes": "the changes of the network by hand",
        "objective": "what its training here minimises", "lr": "the learning rate of that training",
        "objective-eps": "the radius that the objective is about", "test": "the share of test points",
        "pin": "the point of Explore's plane that is asked about",
    }),
    Shared((CERTIFY, POLYTOPE), {
        "images": "the images that are asked about", "trained": "the network for them", "image": "the number of one",
        "box": "the legal inputs",
    }),
    Shared((EXPLORE,), {
        "fill": "what colours show", "hide": "the layers without edges", "unit": "the unit that is lit",
        "boundary": "whether the decision boundary shows", "data-points": "whether the points show",
        "window": "the rectangle to enumerate", "limit": "the most regions", "view": "the part in view",
        "edit": "whether points can be edited",
        "explain": "what is explained beside the picture", "within": "the radius of a proof by cases",
        "more": "whether all controls show",
    }),
    Shared((CERTIFY,), {
        "of": "plane, images or a property", "net": "the network of a property", "prop": "the property",
        "limit": "the time limit of its search", "methods": "the rungs of the ladder",
        "seconds": "the exact search's time",
        "show": "one point or the data set", "eps": "the radius through all pictures", "reach": "the largest radius",
        "use": "the number of points of a run", "exact": "seconds of exact search for a point of the wall",
        "run": "the run on the wall", "state": "which of its points show", "opens": "what a click on one opens",
        "page": "the page of the wall", "curves": "the bounds that are drawn as curves",
        "proof": "the radius of a proof that others can check",
        "written": "whether the formula of the point's region is written out",
    }),
    Shared((TRAIN,), {
        "of": "plane or images", "data": "the data set that is learned", "size": "its number of points",
        "noise": "its noise", "seed": "its seed", "classes": "its number of classes",
        "formula": "the formula of its labels", "points": "the points that were edited",
        "images": "the images that are learned", "images-size": "how many of them",
        "three": "the draw of the plane through three of them", "network": "the architecture",
        "widths": "hidden widths", "units": "the kind of unit", "init": "the draw of the initial weights",
        "eps": "the radius of balls and objectives", "lr": "the learning rate", "speed": "steps a second",
        "stop": "what ends the training", "steps": "the most steps",
        "seconds": "the most seconds", "until": "the error that ends it", "batch": "points of a batch",
        "order": "the seed of the batches", "drop": "whether the learning rate falls", "device": "what computes",
        **{slot: f"objective {slot.upper()}" for slot in SLOTS},
        **{f"{slot}-{share}": f"{share} of objective {slot.upper()}" for slot in SLOTS for share in SHARES},
        "fill": "what colours show", "boxes": "whether balls show", "data-points": "whether the points show",
        "boundary": "whether the decision boundary shows", "pin": "the pinned point of the plane shown",
        "view": "the part in view", "at": "the step on screen", "run": "the training itself",
    }),
    Shared((POLYTOPE,), {
        "from": "whose network", "draw": "the draw of the random network", "bounds": "the sets that are drawn",
        "reach": "the largest radius", "first": "one output", "second": "the other output", "axes": "the output axes",
        "eps": "the radius", "unit": "the unit whose relaxation shows", "by": "what bounds that unit",
        "curve": "areas or ratios",
    }),
    Shared((SLICES,), {
        "images": "the images that span planes", **{slot: f"image {slot}" for slot in SLOTS},
        "first": "the first network", "second": "the network beside it", "plane": "through three images or one",
        "u": "one direction", "v": "the other direction", "seed": "the draw of random directions",
        "size": "the window's side", "about": "the window's centre", "fill": "what colours show",
        "boundary": "whether the decision boundary shows", "thumbnails": "whether the images show",
        "edges": "whether regions have edges", "refine": "whether a zoom enumerates the view again",
        "pin": "the pinned image", "view": "the part in view", "pixels": "whether pixels have limits",
        "below": "what is under the pictures", "heat": "the quantity of the heat map",
        "axis": "how the plane moves", "along": "the third axis", "drawn": "the draw of a random third axis",
        "d": "the image that it leads to",
        "far": "how far the plane has moved", "turn": "how far the plane is turned",
        "of": "images or numbers", "net": "the network on numbers",
        "rows": "the table of numbers", "through": "what spans the plane of numbers", "x": "the input across",
        "y": "the input upwards", "at": "the values of the other inputs", "named": "names, ranges and units",
        "written": "whether the formula of the pinned region is written out",
        "prove": "whether a rectangle of shares is to be proved",
        **{f"{name}-{end}": f"the {end} end of a range of {name}" for end in ("from", "to")
           for name in ("contrast", "brightness", "share-u", "share-v")},
    }),
    Shared((PAPERS,), {
        "paper": "the paper", "experiment": "its table or figure", "rows": "which of its rows",
        "row": "the row whose details show",
    }),
)  # fmt: skip


def names_on(page: str) -> frozenset[str]:
    """The names that a page has."""
    return frozenset(name for shared in TABLE if page in shared.pages for name in shared.names)


def same_meaning(name: str, one: str, other: str) -> bool:
    """Whether a name has the same meaning on two pages."""
    return one == other or any(name in shared.names and {one, other} <= {*shared.pages} for shared in TABLE)
