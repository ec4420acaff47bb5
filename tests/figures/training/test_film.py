"""The film shows what the live picture shows: pixels against the network, files that other programs read."""

from __future__ import annotations

import io
import math
import zipfile

import av
import numpy as np
import pytest
import torch
from PIL import Image

from figures.regions.frames import region_frame
from figures.regions.overlays import FILLS, DataBalls, Overlays, ViewOptions
from figures.style.palette import SLOTS, from_hex, palette
from figures.svg.region_svg import region_colours
from figures.training.film import Shot, film_picture, kept_colours, still
from figures.training.film_files import film_gif, film_mp4, film_pngs
from geometry import enumerate_regions
from tests.strategies import mlp

WINDOW = (-1.0, 1.0, -1.0, 1.0)
NETWORK = mlp([2, 8, 2], seed=5)
REGIONS = enumerate_regions(NETWORK, WINDOW)
FRAME = region_frame(REGIONS)
BARE = ViewOptions(fill="region", hidden_layers=(0,), show_boundary=False, show_points=False)
SIDE = 200


def pixels(image: Image.Image) -> np.ndarray:
    return np.asarray(image, dtype=float) / 255


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_pixel_has_the_colour_of_the_region_it_lies_in(theme):
    shown = pixels(still(FRAME, Overlays(), BARE, SIDE, theme))
    middle = (np.arange(SIDE) + 0.5) / SIDE * 2 - 1
    s, t = np.meshgrid(middle, -middle)
    at = REGIONS.locate(np.stack([s.ravel(), t.ravel()], axis=1))
    colours = np.array([from_hex(colour) for colour in region_colours(FRAME, BARE, palette(theme))])
    near = np.abs(shown.reshape(-1, 3) - colours[at]).max(axis=1) < 0.02
    assert near.mean() > 0.95  # all but those that an edge runs through


def test_the_class_fill_is_the_networks_class_on_both_sides_of_the_boundary():
    options = ViewOptions(fill="class", hidden_layers=(0,), show_boundary=False)
    shown = pixels(still(FRAME, Overlays(), options, SIDE))
    middle = (np.arange(SIDE) + 0.5) / SIDE * 2 - 1
    s, t = np.meshgrid(middle, -middle)
    with torch.no_grad():
        logits = NETWORK.double()(torch.tensor(np.stack([s, t], axis=-1).reshape(-1, 2)))
    sure = (logits[:, 0] - logits[:, 1]).abs().numpy() > 0.05
    blue = (shown[..., 2] > shown[..., 0]).ravel()
    assert (blue == (logits.argmax(1) == 0).numpy())[sure].mean() > 0.98


@pytest.mark.parametrize("fill", FILLS)
@pytest.mark.parametrize("p", [1, 2, math.inf])
def test_a_picture_has_shots_beside_each_other_whatever_they_show(fill, p):
    points = np.array([[0.0, 0.0], [0.5, 0.5], [-0.5, 0.5]])
    balls = DataBalls(0.2, p, ("proved", "attacked", "unknown"))
    overlays = Overlays(points=points, labels=np.array([0, 1, 2]), data_balls=balls)
    shots = [Shot(title, "8 regions", FRAME, overlays, ViewOptions(fill=fill)) for title in ("Plain", "MMR")]
    one, two = film_picture(shots[:1], "step 0"), film_picture(shots, "step 0")
    assert two.height == one.height
    assert two.width > 1.9 * one.width


def test_the_gif_has_every_picture_and_stays_on_the_last():
    pictures = [Image.new("RGB", (40, 30), colour) for colour in ("red", "green", "blue")]
    film = Image.open(io.BytesIO(film_gif(pictures, seconds=0.1, last=2)))
    durations = []
    for number in range(film.n_frames):
        film.seek(number)
        durations.append(film.info["duration"])
    assert durations == [100, 100, 2000]
    assert film.convert("RGB").getpixel((5, 5)) == (0, 0, 255)


def test_no_pictures_are_no_film():
    with pytest.raises(ValueError, match="train first"):
        film_gif([])


def test_the_zip_holds_numbered_pngs_in_order():
    pictures = [Image.new("RGB", (4, 3), (step, 0, 0)) for step in range(3)]
    with zipfile.ZipFile(io.BytesIO(film_pngs(pictures))) as archive:
        assert archive.namelist() == ["picture-0001.png", "picture-0002.png", "picture-0003.png"]
        reds = [Image.open(io.BytesIO(archive.read(name))).getpixel((0, 0))[0] for name in archive.namelist()]
    assert reds == [0, 1, 2]


def shots(theme):
    balls = DataBalls(0.3, 2, ("proved", "attacked", "unknown"))
    overlays = Overlays(
        points=np.array([[-0.6, 0.0], [0.0, 0.0], [0.6, 0.0]]), labels=np.array([0, 1, 0]), data_balls=balls
    )
    options = ViewOptions(fill="class", hidden_layers=(0,), show_boundary=False, show_points=False)
    return [Shot(title, "", FRAME, overlays, options) for title in "abc"], overlays, options


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_gif_keeps_every_objectives_colour(theme):
    some, *_ = shots(theme)
    sheet = film_picture(some, "step 1", theme)
    frame = Image.open(io.BytesIO(film_gif([sheet], kept=kept_colours(theme)))).convert("RGB")
    there = {colour for _, colour in frame.getcolors(1 << 24)}
    for colour in SLOTS[theme]:
        assert tuple(int(colour[at : at + 2], 16) for at in (1, 3, 5)) in there


def test_verdicts_differ_by_shape_and_not_by_colour_alone():
    """In grey, the three balls and their signs are three different pictures."""
    _, overlays, options = shots("light")
    bare = ViewOptions(fill="class", hidden_layers=(0,), show_boundary=False, show_points=False)
    whole = np.asarray(still(FRAME, overlays, options, 600).convert("L"), dtype=float)
    empty = np.asarray(still(FRAME, Overlays(), bare, 600).convert("L"), dtype=float)
    marks = abs(whole - empty) > 25
    tiles = [marks[200:400, x - 95 : x + 95] for x in (120, 300, 480)]
    for k, one in enumerate(tiles):
        for other in tiles[k + 1 :]:
            assert (one != other).mean() > 0.01


def test_an_mp4_has_every_picture_and_its_colours():
    pictures = [Image.new("RGB", (81, 61), (40 * k, 0, 200)) for k in range(5)]
    with av.open(io.BytesIO(film_mp4(pictures, seconds=0.1, last=0.4))) as film:
        frames = [frame.to_ndarray(format="rgb24") for frame in film.decode(video=0)]
        assert film.streams.video[0].codec_context.name == "h264"
    assert len(frames) == 4 + 4
    assert frames[0].shape == (62, 82, 3)
    for k, frame in enumerate(frames[:5]):
        assert abs(frame[30, 40].astype(int) - [40 * k, 0, 200]).max() < 8


def test_a_film_without_pictures_says_what_to_do():
    for make in (film_gif, film_mp4):
        with pytest.raises(ValueError, match="train first"):
            make([])
