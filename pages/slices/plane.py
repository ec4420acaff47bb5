"""The plane through three images, or through one image along two directions; and the window on it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import streamlit as st
import torch
from numpy.typing import NDArray

from certify import attack
from figures.regions.overlays import UNSCALED, Scale, Window
from geometry import Network, Plane
from geometry.content import content_key
from geometry.norms import Array
from pages.shared.by_key import BY_KEY
from pages.shared.linked_controls import Linked
from pages.shared.to_slices import PREFIX
from pages.slices.images import Choice
from pages.slices.parameters.controls import ParameterPlane, blend_controls, brightness_controls

THREE, DIRECTIONS, BRIGHTNESS = "three", "directions", "brightness"
KINDS = {THREE: "Three images", DIRECTIONS: "One image", BRIGHTNESS: "Brightness and contrast"}
DIRECTION_TITLES = {
    "b": "to image b",
    "c": "to image c",
    "gradient": "gradient of the margin",
    "adversarial": "nearest adversarial image",
    "random": "random",
    "pc1": "principal component 1",
    "pc2": "principal component 2",
}
TRIANGLE = "middle"
CENTRES = {TRIANGLE: "the middle", "a": "image a", "b": "image b", "c": "image c"}
SIZE = 2.0  # the window's side, in longer sides of the points' bounding box: as in MMR Fig. 2c
USUAL_LENGTH = 0.3  # of directions without a length, in norms of the image
MOST_COMPONENTS = 2000  # images that principal components are computed from; a limit on the time of the SVD


@dataclass(frozen=True, eq=False)
class Slice:
    """A plane through image space, the named images on it, and the window to enumerate."""

    plane: Plane
    points: Array  # (m, 2) the chosen images that lie on the plane
    names: tuple[str, ...]  # "a", "b", "c"
    labels: NDArray[np.int64]  # (m,) the classes, -1 where unknown
    window: Window
    link: dict[str, str | None]
    axes: tuple[str, str] = ("s", "t")
    scales: tuple[Scale, Scale] = UNSCALED  # what the axes show of s and t
    moved: str = ""  # how the plane lies to the one through the images, if it is another one; as plain text
    limited: bool = False  # whether there is nothing beyond the window, which is a square
    of: str = ""  # the key of the family whose parameters the plane holds

    @property
    def key(self) -> str:
        """Identifies plane and window."""
        return content_key(self.plane.key, self.window, self.of)


def plane_controls(choice: Choice, network: Network) -> Slice | ParameterPlane:
    """The plane section of the sidebar: a plane of images, or one of two parameters with a rectangle to be proved.

    Raises
    ------
    ValueError
        If the chosen images and directions span no plane.
    """
    linked = Linked(PREFIX)
    kind = linked.choice("Plane through", "plane", KINDS, THREE, row=True)
    if kind == BRIGHTNESS:
        return brightness_controls(linked, choice)
    prove = linked.toggle(
        "Prove the class on a rectangle", "prove", False,
        help="Of two shares by which image a is blended with others, or of two steps along the directions: a step of 1 "
        f"is {USUAL_LENGTH:g} of the image's norm. Pixels are clipped.",
    )  # fmt: skip
    if not prove:
        return plane_through(kind, choice, network, linked)
    directions, seed = _direction_controls(kind, linked, DIRECTION_TITLES)
    corners = _three(choice) if directions is None else direction_corners(choice, network, directions, seed)
    ends = directions or ("b", "c")
    return blend_controls(linked, choice, corners, ends, [_parameter(end) for end in ends])


def plane_through(kind: str, choice: Choice, network: Network, linked: Linked) -> Slice:
    """The plane through three inputs or one, with the controls for directions and window; errors as above."""
    thing = choice.words.thing
    titles = {name: title.replace("image", thing) for name, title in DIRECTION_TITLES.items()}
    directions, seed = _direction_controls(kind, linked, titles)
    with st.expander("Window", icon=":material/crop_free:"):
        size = linked.number(
            "Size", "size", 0.05, 8.0, SIZE, slider=True, step=0.05,
            help="The window's side, in longer sides of the points' bounding box. 2: twice the triangle.",
        )  # fmt: skip
        centres = {name: title.replace("image", thing) for name, title in CENTRES.items()}
        about = linked.choice("Centred on", "about", centres, TRIANGLE)
    corners = _three(choice) if directions is None else direction_corners(choice, network, directions, seed)
    try:
        plane = Plane.through(*corners)
    except ValueError as error:
        raise ValueError(_why(corners, str(error)).replace("image", thing)) from error
    spots = plane.project(np.stack(corners))
    ends = ("a", *(directions or ("b", "c")))
    shown = [i for i, end in enumerate(ends) if end in ("a", "b", "c")]
    names = [ends[i] for i in shown]
    labels = np.array([choice.y[choice.chosen["abc".index(name)]] for name in names])
    window = _window(spots, spots[shown], names, size, about)
    return Slice(plane, spots[shown], tuple(names), labels, window, linked.parts)


def _direction_controls(kind: str, linked: Linked, titles: Mapping[str, str]) -> tuple[tuple[str, str] | None, int]:
    """The two directions through one image, and the draw of random ones; None for a plane through three."""
    directions: tuple[str, str] | None = None
    seed = 0
    if kind == DIRECTIONS:
        first = linked.choice("One direction", "u", titles, "adversarial")
        second = linked.choice("The other", "v", titles, "random")
        directions = (first, second)
        if "random" in directions:
            seed = linked.whole("Draw", "seed", 0, 10**6, 0, help="Other numbers, other random directions.")
    return directions, seed


def _parameter(direction: str) -> str:
    """The name of a share of an image, or of a step along a direction."""
    if direction in ("b", "c"):
        return f"share of image {direction}"
    along = {"adversarial": "direction to the nearest adversarial image", "random": "random direction"}
    return f"step along {along.get(direction, DIRECTION_TITLES[direction])}"


def _three(choice: Choice) -> list[Array]:
    return [choice.image(slot) for slot in range(3)]


def direction_corners(choice: Choice, network: Network, directions: tuple[str, ...], seed: int) -> list[Array]:
    """Calls `_along` with the cache key of the directions: the network and the images that they depend on, if any."""
    used_network = network if {"gradient", "adversarial"} & set(directions) else None
    component_key = content_key(choice.x[:MOST_COMPONENTS]) if {"pc1", "pc2"} & set(directions) else None
    return _along(choice.digest, used_network, component_key, directions, seed, choice, network)


@st.cache_resource(show_spinner="Looking for the directions …", max_entries=16, hash_funcs=BY_KEY)
def _along(
    three: str,
    network: Network | None,
    components: str | None,
    directions: tuple[str, ...],
    seed: int,
    _choice: Choice,
    _network: Network,
) -> list[Array]:
    """The image, and a point from it along each direction; one without a length gets USUAL_LENGTH."""
    a = _choice.image(0)
    usual_length = USUAL_LENGTH * (float(np.linalg.norm(a)) or 1.0)
    corners = [a]
    for number, direction in enumerate(directions):
        step = _step(_choice, _network, a, direction, seed + number)
        length = float(np.linalg.norm(step))
        if length == 0:
            raise ValueError(f"there is no direction {DIRECTION_TITLES[direction]} here: it is zero at this image")
        corners.append(a + (step if direction in ("b", "c") else step * (usual_length / length)))
    return corners


def _step(choice: Choice, network: Network, a: Array, direction: str, seed: int) -> Array:
    if direction in ("b", "c"):
        return choice.image("abc".index(direction)) - a
    if direction == "random":
        return np.random.default_rng(seed).normal(size=a.shape)
    if direction in ("pc1", "pc2"):
        images = choice.x[:MOST_COMPONENTS].reshape(min(len(choice.x), MOST_COMPONENTS), -1).astype(np.float64)
        component: Array = np.linalg.svd(images - images.mean(axis=0), full_matrices=False)[2][int(direction == "pc2")]
        return component.reshape(a.shape)
    if direction == "gradient":
        return margin_gradient(network, a)
    x = torch.from_numpy(a[None])
    adversarial = attack(network, x, network.scores(x).argmax(1), "deepfool", p=2)
    if not bool(adversarial.success[0]):
        raise ValueError("no adversarial image was found near this one: choose another direction")
    return adversarial.points[0].numpy().reshape(a.shape) - a


def margin_gradient(network: Network, image: Array) -> Array:
    """(*input_shape) the gradient of f_c - f_s at an image, c and s its two largest classes."""
    with torch.enable_grad():
        x = torch.from_numpy(image[None]).requires_grad_(True)
        first, second = network.scores(x)[0].topk(2).values
        (gradient,) = torch.autograd.grad(first - second, x)
    return gradient[0].numpy()


def _window(spots: Array, named: Array, names: list[str], size: float, about: str) -> Window:
    """A square window with a side of `size` longer sides of the points' bounding box."""
    low, high = spots.min(axis=0), spots.max(axis=0)
    (s, t), half = (low + high) / 2, size * float((high - low).max()) / 2
    if about in names:
        s, t = named[names.index(about)]
    return float(s - half), float(s + half), float(t - half), float(t + half)


def _why(corners: list[Array], error: str) -> str:
    """The reason why three images span no plane, and what to do."""
    if all((corner == corners[0]).all() for corner in corners):
        return "the three images are the same one; choose three different ones"
    if any(float(np.ptp(corner)) == 0 for corner in corners) and "line" in error:
        return "one image is constant and lies on a line with the others; choose another one"
    if any((corners[i] == corners[j]).all() for i, j in ((0, 1), (0, 2), (1, 2))):
        return "two of the three images are the same; choose three different ones"
    return "the three images lie on one line in input space; choose a third one off it"
