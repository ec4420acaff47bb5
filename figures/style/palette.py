"""The colours of the whole app, each with one meaning, in a light and a dark theme.

Classes have the colours of Okabe and Ito (2008, Color Universal Design), which colour-blind readers can tell apart;
points differ by shape as well. Bands of a number have an order, so their colours are those of a scale whose lightness
runs one way. Red belongs to d_D and the decision boundary alone.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Theme = Literal["light", "dark"]

CLASS_COLOURS = (
    "#0072B2",  # blue
    "#E69F00",  # orange
    "#009E73",  # bluish green
    "#CC79A7",  # reddish purple
    "#56B4E9",  # sky blue
    "#8C6D31",  # bronze
    "#F0E442",  # yellow
    "#5E4FA2",  # indigo
    "#D55E00",  # vermilion, late because red is taken
    "#7F8A93",  # grey
)
CLASS_SHAPES = ("circle", "square", "triangle", "diamond", "star", "plus", "wedge", "hexagon", "cross", "bar")

PROVED, ATTACKED, UNKNOWN = "#1B7F4B", "#C81E1E", "#6B7280"  # verdicts: with a tick, a cross, a question mark
TRUE_SET = "#9CA3AF"  # the adversarial polytope itself
EPSILON = "#8B5CF6"  # the line at the chosen eps

SCALE_STEPS = 9  # colours of the scales of bands, between which is interpolated
REGION_SHADES = 64  # colours of the fill by region; at most 256, as a frame sends their numbers as uint8


@dataclass(frozen=True)
class Palette:
    """All colours of one theme, as #rrggbb, and the depth of the class colours."""

    ground: str  # behind everything
    ink: str  # text
    faint: str  # ticks and frames
    class_fills: tuple[str, ...]  # at the largest margin; towards `pale` as the margin falls
    pale: str
    class_points: tuple[str, ...]
    point_rim: str
    edges: tuple[str, str]  # first layer, last layer
    d_B: str
    d_D: str  # and the decision boundary
    proved: str  # the ball in which the class stays
    attacked: str  # the ball that reaches the nearest adversarial point found
    unknown: str  # neither
    casing: str  # outline around lines, for contrast with any fill
    lit: str  # one unit's bent hyperplane
    positive: str  # weights and pre-activations above 0
    negative: str  # and below
    scale: tuple[str, ...]  # small to large, for margins, counts and norms
    regions: tuple[str, ...]  # REGION_SHADES pale colours
    band_fills: tuple[str, ...]  # a scale for the fills of a number's bands, from the lowest to the highest
    band_points: tuple[str, ...]  # and for their points
    palest: float = 0.3  # share of a class's full colour where the margin is 0
    palest_band: float = 0.75  # and of a band's: margins inside narrow bands are small, and their order is to be seen


def class_colour(index: int, bands: int = 0, theme: Theme = "light") -> str:
    """The full colour of a class, from the eleventh on repeated; of one of so many bands of a number, its fill."""
    return palette(theme, bands=bands).class_fills[index] if bands else CLASS_COLOURS[index % len(CLASS_COLOURS)]


def band_colours(scale: tuple[str, ...], bands: int) -> tuple[str, ...]:
    """The colours of so many bands on a scale, both ends included."""
    return tuple(along(scale, band / max(bands - 1, 1)) for band in range(bands))


def class_depth(colours: Palette, margins: NDArray[np.floating], largest: float) -> NDArray[np.floating]:
    """The share of a class's full colour, the rest being `pale`, for each margin; all of it from `largest` on.

    The square root shows where the margin is small, which is where it matters.
    """
    return np.asarray(colours.palest + (1 - colours.palest) * np.sqrt(np.clip(margins / largest, 0, 1)))


def edge_colour(colours: Palette, layer: int, layers: int) -> str:
    """The colour of a layer on a sequential scale over the layers 0..layers-1; the first has the most contrast."""
    return mix(*colours.edges, layer / max(layers - 1, 1))


def mix(start: str, end: str, share: float) -> str:
    """`start` for share 0, `end` for share 1, linear in sRGB between them."""
    return to_hex(from_hex(start) * (1 - share) + from_hex(end) * share)


def along(scale: tuple[str, ...], share: float) -> str:
    """The colour at `share` in [0, 1] of a scale of equally spaced colours."""
    position = float(np.clip(share, 0, 1)) * (len(scale) - 1)
    before = min(int(position), len(scale) - 2)
    return mix(scale[before], scale[before + 1], position - before)


def translucent(colour: str, opacity: float) -> str:
    """#rrggbb -> CSS rgba(r,g,b,opacity)."""
    red, green, blue = (round(255 * float(value)) for value in from_hex(colour))
    return f"rgba({red},{green},{blue},{opacity:g})"


def from_hex(colour: str) -> np.ndarray:
    """#rrggbb -> (3,) in [0, 1]."""
    return np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255


def to_hex(rgb: np.ndarray) -> str:
    """(3,) in [0, 1], clipped -> #rrggbb."""
    return "#" + "".join(f"{round(255 * float(value)):02x}" for value in np.clip(rgb, 0, 1))


def contrast(first: str, second: str) -> float:
    """WCAG 2 contrast ratio of two colours, from 1 to 21."""
    high, low = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: str) -> float:
    value = from_hex(colour)
    linear = np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


def _oklch(lightness: float, chroma: float, hue: float) -> str:
    """OKLCH (Ottosson 2020) -> #rrggbb: equal lightness looks equally light whatever the hue."""
    a, b = chroma * np.cos(hue), chroma * np.sin(hue)
    roots = np.array(
        [
            lightness + 0.3963377774 * a + 0.2158037573 * b,
            lightness - 0.1055613458 * a - 0.0638541728 * b,
            lightness - 0.0894841775 * a - 1.2914855480 * b,
        ]
    )
    to_linear = np.array(
        [
            [4.0767416621, -3.3077115913, 0.2309699292],
            [-1.2684380046, 2.6097574011, -0.3413193965],
            [-0.0041960863, -0.7034186147, 1.7076147010],
        ]
    )
    linear = np.clip(to_linear @ roots**3, 0, 1)
    return to_hex(np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055))


def _quiet_colours(lightness: tuple[float, float], chroma: float) -> tuple[str, ...]:
    """REGION_SHADES colours: hues by the golden angle, lightness in four steps, so that neighbours rarely agree."""
    golden = np.pi * (3 - np.sqrt(5))
    steps = np.linspace(*lightness, 4)
    return tuple(_oklch(steps[i % 4], chroma, i * golden) for i in range(REGION_SHADES))


def _band_scale(lightness: tuple[float, float], hues: tuple[float, float]) -> tuple[str, ...]:
    """SCALE_STEPS colours with lightness and hue (degrees) from one end to the other: the order shows without hues."""
    steps = zip(np.linspace(*lightness, SCALE_STEPS), np.radians(np.linspace(*hues, SCALE_STEPS)))
    return tuple(_oklch(float(light), 0.105, float(hue)) for light, hue in steps)


def _light() -> Palette:
    return Palette(
        ground="#FFFFFF",
        ink="#1F2937",
        faint="#9AA3AF",
        class_fills=tuple(mix(colour, "#FFFFFF", 0.38) for colour in CLASS_COLOURS),
        pale="#FBFBFA",
        class_points=tuple(mix(colour, "#000000", 0.35) for colour in CLASS_COLOURS),
        point_rim="#FFFFFF",
        edges=("#27313F", "#A3AFBF"),
        d_B="#000000",
        d_D="#D0021B",
        proved=PROVED,
        attacked=ATTACKED,
        unknown=UNKNOWN,
        casing="#FFFFFF",
        lit="#6D28D9",
        positive="#0B7A75",
        negative="#A8501A",
        scale=("#F7FAF0", "#D3EBC8", "#92D0BB", "#4BA5BE", "#2C6DA8", "#26407F"),
        regions=_quiet_colours((0.845, 0.94), 0.042),
        band_fills=_band_scale((0.92, 0.50), (105, 300)),
        band_points=_band_scale((0.58, 0.22), (105, 300)),
    )


def _dark() -> Palette:
    return Palette(
        ground="#0E1117",
        ink="#F3F4F6",
        faint="#6B7480",
        class_fills=tuple(mix(colour, "#0E1117", 0.30) for colour in CLASS_COLOURS),
        pale="#171B24",
        class_points=tuple(mix(colour, "#FFFFFF", 0.50) for colour in CLASS_COLOURS),
        point_rim="#0B0D12",
        edges=("#CDD3DC", "#626C7B"),
        d_B="#FFFFFF",
        d_D="#FF5A5F",
        proved="#4CC38A",
        attacked="#FF6B6B",
        unknown="#A3ACB9",
        casing="#0B0D12",
        lit="#C4A7FF",
        positive="#3FB8AF",
        negative="#E39A5B",
        scale=("#141C30", "#1B3A63", "#20648A", "#2E8C93", "#5BAF87", "#A6CF7E"),
        regions=_quiet_colours((0.29, 0.40), 0.046),
        band_fills=_band_scale((0.33, 0.76), (300, 105)),
        band_points=_band_scale((0.62, 0.97), (300, 105)),
    )


def palette(theme: Theme, colour_blind: bool = False, bands: int = 0) -> Palette:
    """The colours of a theme; the colour-blind variant has d_B in deep blue and d_D in strong orange.

    Where classes are so many `bands` of a number, they have colours in the order of the bands.
    """
    colours = PALETTES[theme]
    if bands:
        fills, points = band_colours(colours.band_fills, bands), band_colours(colours.band_points, bands)
        colours = replace(colours, class_fills=fills, class_points=points, palest=colours.palest_band)
    if not colour_blind:
        return colours
    d_B, d_D = COLOUR_BLIND_LINES[theme]
    return replace(colours, d_B=d_B, d_D=d_D)


PALETTES: dict[Theme, Palette] = {"light": _light(), "dark": _dark()}
COLOUR_BLIND_LINES: dict[Theme, tuple[str, str]] = {  # d_B, d_D
    "light": ("#002F6C", "#C24E00"),
    "dark": ("#9CCBFF", "#FF9A3C"),
}


def all_palettes() -> dict[str, dict[str, Any]]:
    """The palettes by name: "light", "light-colour-blind" and so on. The browser gets all: only it knows its theme."""
    plain = {theme: asdict(colours) for theme, colours in PALETTES.items()}
    return plain | {f"{theme}-colour-blind": asdict(palette(theme, colour_blind=True)) for theme in PALETTES}


SLOTS: dict[Theme, tuple[str, str, str]] = {  # the first, second and third objective, wherever they appear
    "light": ("#334155", "#7C3AED", "#0B8A96"),
    "dark": ("#CBD5E1", "#B794F6", "#4FD1C5"),
}
