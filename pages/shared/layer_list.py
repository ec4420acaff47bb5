"""A network as an HTML list of its layers, from inputs to outputs, with assumptions marked."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from figures.words import counted
from geometry.network.affine import Shape
from models import LayerNote

DETAILED = (
    "Normalize",
    "Conv2d",
    "AvgPool2d",
    "MaxPool2d",
    "LeakyReLU",
)  # shown with their text; others on hover
SILENT = ("Dropout", "Dropout2d", "Identity")  # layers without effect in a trained network, left out

ICONS = {  # SVG paths on a 20 × 20 grid
    "inputs": "M4 4h12v12H4zM4 8h12M4 12h12M8 4v12M12 4v12",
    "normalise": "M2 15c4 0 5-10 8-10s4 10 8 10M10 3v14",
    "linear": "M4 4L16 7M4 4L16 13M4 10L16 7M4 10L16 13M4 16L16 7M4 16L16 13",
    "convolution": "M3 3h14v14H3zM3 10h7V3M6.5 3v7M3 6.5h7",
    "pool": "M3 3h8v8H3zM7 3v8M3 7h8M13 13h4v4h-4zM11 11l2 2",
    "flatten": "M2 7.5h16v5H2zM6 7.5v5M10 7.5v5M14 7.5v5",
    "relu": "M3 14h7L17 4",
    "leaky": "M3 16.5l7-2.500L17 4",
    "join": "M3 5h3l4 5h7M3 15h3l4-5M14 7l3 3-3 3",
    "move": "M3 6h3l8 8h3M3 14h3l8-8h3",
    "outputs": "M4 16v-5M8 16V5M12 16v-8M16 16v-3",
    "other": "M4 4h12v12H4z",
}
PEN = (  # a data URI, since st.html removes SVG: a mask on a square of the text's colour
    "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 20 20' fill='none' stroke='%23000' "
    "stroke-width='1.3' stroke-linecap='round' stroke-linejoin='round'%3E%3Cpath d='{path}'/%3E%3C/svg%3E"
)
STYLE = (
    """<style>
.layers { font-size: .84rem; line-height: 1.4; }
.layers ol { max-height: 30rem; overflow-y: auto; list-style: none; margin: 0; padding: 0; font-size: inherit; }
.layers ol > li { display: grid; grid-template-columns: 1.2rem minmax(0, 1fr) auto; column-gap: .5rem;
  position: relative; margin: 0; padding: .2rem 0; font-size: inherit; }
.layers ol > li:not(:last-child)::after { content: ""; position: absolute; left: .58rem; top: 1.45rem; bottom: -.25rem;
  border-left: 1px solid color-mix(in srgb, currentColor 28%, transparent); }
.layers i { width: 1.2rem; height: 1.2rem; background: currentColor; opacity: .85; }
.layers .details { grid-column: 2 / -1; opacity: .75; overflow-wrap: anywhere; }
.layers .shape { font-variant-numeric: tabular-nums; white-space: nowrap; text-align: right; }
.layers .end { font-weight: 650; }
.layers .shape.same { opacity: .5; }
.layers mark { background: color-mix(in srgb, #E69F00 22%, transparent); color: inherit; border-radius: 4px;
  padding: 0 .3rem; font-size: .92em; white-space: nowrap; }
.layers .head { margin-top: .6rem; }
.layers .sentence { padding: .12rem 0 .12rem .8rem; text-indent: -.8rem; opacity: .8; }
.layers .sentence::before { content: "·"; display: inline-block; width: .8rem; text-indent: 0; font-weight: 700; }
"""
    + "".join(
        f'.layers .icon-{name} {{ mask: url("{PEN.format(path=path)}") center / contain no-repeat; }}\n'
        for name, path in ICONS.items()
    )
    + "</style>"
)
KINDS = {  # by a layer's kind: its icon and its name
    "Normalize": ("normalise", "Normalise"),
    "Linear": ("linear", "Linear"),
    "Conv2d": ("convolution", "Convolution"),
    "AvgPool2d": ("pool", "Average pooling"),
    "MaxPool2d": ("pool", "Max pooling"),
    "BatchNorm1d": ("normalise", "BatchNorm"),
    "BatchNorm2d": ("normalise", "BatchNorm"),
    "Flatten": ("flatten", "Flatten"),
    "Unflatten": ("flatten", "Unflatten"),
    "ReLU": ("relu", "ReLU"),
    "LeakyReLU": ("leaky", "LeakyReLU"),
    "PReLU": ("leaky", "PReLU"),
    "Add": ("join", "Sum"),
    "Subtract": ("join", "Difference"),
    "Maximum": ("join", "Maximum"),
    "Minimum": ("join", "Minimum"),
    "Concat": ("join", "Concatenation"),
    "Pick": ("move", "Rearrangement"),
    "Abs": ("leaky", "Absolute value"),
    "Clamp": ("leaky", "Clip"),
}


def layer_list(
    layers: Sequence[LayerNote], input_shape: Shape, normalisation: str = "", assumptions: Sequence[str] = ()
) -> str:
    """HTML of a network's layers for inputs of this shape, and below them the assumptions, in sentences.

    `normalisation` describes the normalisation before the network. Inputs of another shape than the first layer takes
    are flattened. All text is escaped: it may hold names from a file.
    """
    lines = [_line("inputs", "Inputs", "", input_shape, "end")]
    if normalisation:
        lines.append(_line("normalise", "Normalise", normalisation, input_shape, "same"))
    if layers and layers[0].before != input_shape:
        lines.append(_line("flatten", "Flatten", "", layers[0].before, ""))
    shown = [layer for layer in layers if layer.kind not in SILENT]
    lines += [_layer(layer) for layer in shown]
    lines.append(_line("outputs", "Outputs", "", shown[-1].after if shown else input_shape, "end"))
    items = "".join(f'<div class="sentence">{escape(sentence)}</div>' for sentence in assumptions)
    below = f'<div class="head end">Assumed</div>{items}' if items else ""
    return f'{STYLE}<div class="layers" data-testid="layers"><ol>{"".join(lines)}</ol>{below}</div>'


def _layer(layer: LayerNote) -> str:
    icon, name = KINDS.get(layer.kind, ("other", layer.kind))
    details = layer.text if layer.kind in DETAILED or icon in ("other", "join") else ""
    style = "same" if layer.after == layer.before else ""
    return _line(icon, name, details, layer.after, style, layer.assumed, layer.text)


def _line(
    icon: str, name: str, details: str, shape: Shape, style: str, assumed: bool = False, tooltip: str = ""
) -> str:
    mark = " <mark>assumed</mark>" if assumed and "assumed" not in details else ""
    words = f'<span class="details">{escape(details)}</span>' if details else ""
    return (
        f'<li title="{escape(tooltip)}"><i class="icon-{icon}" aria-hidden="true"></i>'
        f'<span class="{style}">{escape(name)}{mark}</span>'
        f'<span class="shape {style}">{shape_words(shape)}</span>{words}</li>'
    )


def input_words(shape: Shape) -> str:
    """(5,) -> '5 numbers', (1, 28, 28) -> '1×28×28 pixels'."""
    return counted(shape[0], "number") if len(shape) == 1 else f"{shape_words(shape)} pixels"


def shape_words(shape: Shape) -> str:
    """(1, 28, 28) -> '1×28×28'."""
    return "×".join(map(str, shape))
