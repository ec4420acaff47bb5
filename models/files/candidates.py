"""Candidates: the networks that a file may contain, layer by layer, with what was read and what was assumed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import torch
from torch import nn

from geometry.computation.cached_property import cached_property
from geometry.network.affine import Shape
from geometry.network.network import Normalize, UnsupportedLayerError
from models.files.bare_weights.readings import Reading, Weights, in_words, pooling_in_words
from models.files.bare_weights.recognise import MAX_POOL, Architecture, Origin, architecture
from models.networks.architecture import Spec, assemble, build
from models.networks.input_shapes import check_input_shape
from models.networks.layer_graph import LayerGraph
from models.networks.shapes import graph_shapes, shape_after

Normalisation: TypeAlias = tuple[Sequence[float], Sequence[float]]  # mean and deviation per channel


@dataclass(frozen=True)
class LayerNote:
    """The description of a layer for a drawing: kind, shapes before and after it, and its origin as a text."""

    kind: str
    before: Shape
    after: Shape
    assumed: bool
    text: str


@dataclass(frozen=True, eq=False)
class Candidate:
    """A network that a file may contain. All texts are plain text and may contain names from the file.

    format : the title of the file format
    reading : the open choices, made: `load_network(source, reading=candidate.reading)` gives this network
    determined : whether the file determines the network, so that nothing is assumed
    singled_out : whether `load_network` takes this candidate without further arguments
    cascade : the number of networks in the file
    content : the architecture or the bare weights in the file
    why : the reason for the order of the layers
    """

    format: str
    reading: Reading
    determined: bool
    singled_out: bool
    cascade: int
    content: Architecture | Weights
    why: str = ""

    @property
    def input_shape(self) -> Shape:
        """The shape of one input."""
        return self.reading.input_shape

    @property
    def title(self) -> str:
        """The reading as a short text."""
        return str(self.reading)

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences on what the reader left off or changed."""
        return self.content.notes

    @cached_property
    def architecture(self) -> Architecture:
        """The layers and their weights."""
        return architecture(self.content, self.reading) if isinstance(self.content, Weights) else self.content

    @cached_property
    def refusal(self) -> str:
        """The reason why this reading is not supported; empty if it is."""
        specs = self.architecture.specs if isinstance(self.content, Weights) else []
        if any(spec.get("layer") == MAX_POOL for spec in specs):
            return "max-pooling is not supported yet: a network with average pooling, or with stride instead, is"
        return ""

    @property
    def supported(self) -> bool:
        """Whether a network can be built from this reading."""
        return not self.refusal

    @cached_property
    def network(self) -> nn.Sequential:
        """The network, in eval mode.

        Raises
        ------
        UnsupportedLayerError
            If it is not supported, with `refusal` as the reason.
        ValueError
            If the weights are not all finite real numbers.
        """
        return self.with_normalisation(None)

    def with_normalisation(self, normalize: Normalisation | None, shape: Shape | None = None) -> nn.Sequential:
        """The network after a normalisation by (mean, std) per channel, so that it takes inputs in raw units.

        Parameters
        ----------
        normalize : None adds no normalisation
        shape : of one input, if it differs from `input_shape`: a fully connected network flattens it
        """
        if self.refusal:
            raise UnsupportedLayerError(self.refusal)
        own = assemble(self.architecture.specs, self.architecture.weights)
        shape = self.input_shape if shape is None else shape
        network = nn.Sequential(*front(own, shape, normalize), *own).eval()
        check_input_shape(network, shape)
        return network

    @property
    def normalises(self) -> bool:
        """Whether the network in the file begins with a normalisation."""
        first = self.architecture.specs[:3]
        steps = [step for spec in first for step in spec.get("steps", ())[:3] if step.get("of") == [0]]
        return any(spec.get("layer") == "Normalize" for spec in (*first, *steps))

    @cached_property
    def layers(self) -> tuple[LayerNote, ...]:
        """The layers in order."""
        specs = self.architecture.specs
        drawn = [_drawn(spec) for spec in specs]
        origins = self.architecture.origins or (Origin("read from the file"),) * len(specs)
        shape, notes = self.input_shape, []
        for spec, module, origin in zip(specs, build(drawn), origins):
            if isinstance(module, LayerGraph):
                notes += _steps(spec, module, origin)
                shape = notes[-1].after
                continue
            after = shape_after(module, shape) or shape
            notes.append(LayerNote(str(spec["layer"]), shape, after, origin.assumed, _text(spec, origin)))
            shape = after
        return tuple(notes)

    @cached_property
    def assumptions(self) -> tuple[str, ...]:
        """The assumptions, one sentence each; empty if the file determines the network."""
        return () if self.determined else tuple(_assumptions(self))


def front(network: nn.Sequential, shape: Shape | None, normalize: Normalisation | None) -> list[nn.Module]:
    """The layers before those of the file: a normalisation if one is given, and a Flatten where the shape needs it."""
    layers: list[nn.Module] = []
    first = next((layer for layer in network if not isinstance(layer, (Normalize, nn.Identity))), None)
    if normalize is not None:
        like = next(network.parameters(), torch.zeros(()))
        mean, std = (torch.as_tensor(value, dtype=like.dtype).reshape(-1) for value in normalize)
        finite = bool(torch.isfinite(mean).all() & torch.isfinite(std).all() & (std > 0).all())
        if mean.shape != std.shape or not finite:
            raise ValueError(f"normalize is (mean, std) per channel with std > 0, got {normalize}")
        layers.append(Normalize(mean, std))
    takes_vectors = isinstance(first, (nn.Linear, nn.Unflatten))
    takes_vectors |= isinstance(first, LayerGraph) and len(first.input_shape) == 1
    if shape is not None and len(shape) > 1 and takes_vectors:
        layers.append(nn.Flatten())
    return layers


def _drawn(spec: Spec) -> Spec:
    """A layer that can be built, with the same shapes: a reading names max-pooling with the fields of AvgPool2d."""
    assumed = spec.get("layer") == MAX_POOL and "count_include_pad" in spec
    return {**spec, "layer": "AvgPool2d"} if assumed else spec


def _steps(spec: Spec, graph: LayerGraph, origin: Origin) -> list[LayerNote]:
    """The notes of a graph's steps, each with its number, and with those it takes where this is not the one before."""
    shapes, notes = graph_shapes(graph.steps, graph.input_shape), []
    shapes += [shapes[-1]] * (len(graph.steps) + 1 - len(shapes))  # of steps that do not fit, which are refused later
    for place, (step, (_, operands)) in enumerate(zip(spec["steps"], graph.steps), 1):
        takes = "" if operands == (place - 1,) else f" of {' and '.join(map(_numbered, operands))}"
        text = f"step {place}{takes}; {_text(step, origin)}"
        notes.append(LayerNote(str(step["layer"]), shapes[operands[0]], shapes[place], origin.assumed, text))
    return notes


def _numbered(value: int) -> str:
    return f"step {value}" if value else "the inputs"


def _text(spec: Spec, origin: Origin) -> str:
    sizes = ""
    if "kernel_size" in spec:
        kernel = spec["kernel_size"] if isinstance(spec["kernel_size"], list) else [spec["kernel_size"]] * 2
        stride = spec["stride"] if isinstance(spec["stride"], list) else [spec["stride"]] * 2
        padding = spec["padding"] if isinstance(spec["padding"], list) else [spec["padding"]]
        sizes = f"{'×'.join(map(str, kernel))}, stride {in_words(stride)}, padding {in_words(padding)}; "
        sizes = "" if spec["layer"] == "Conv2d" and origin.assumed else sizes
    if "negative_slope" in spec:
        sizes = f"slope {spec['negative_slope']:g}; "
    return f"{sizes}{origin.text}"


def _assumptions(candidate: Candidate) -> list[str]:
    reading, layers = candidate.reading, candidate.architecture.specs
    kinds = [spec["layer"] for spec in layers]
    sentences = [
        "Weights say nothing of activations: a ReLU is assumed between layers, and nothing behind the last."
        if "ReLU" in kinds
        else "Weights say nothing of activations: none is assumed."
    ]
    if reading.stride:
        sentences += [
            f"The images are taken to be {'×'.join(map(str, reading.input_shape))}.",
            f"The convolutions are taken to have stride {in_words(reading.stride)} and padding "
            f"{in_words(reading.padding)}, no dilation and no groups.",
            f"Weights have no trace of pooling: {pooling_in_words(reading.pooling, reading.pool_kind)} is assumed, "
            "behind the ReLU." if reading.pool_kind else "Weights have no trace of pooling: none is assumed.",
        ]  # fmt: skip
    elif len(reading.input_shape) == 3:
        sentences.append("An image is flattened channel by channel and row by row.")
    if any(kind.startswith("BatchNorm") for kind in kinds):
        where = "behind" if reading.relu_first else "before"
        sentences.append(f"BatchNorm is taken to stand {where} the ReLU where names do not say, with eps 1e-05.")
    sentences.append(f"Order of the layers: {candidate.why}." if not reading.order else
                     "Order of the layers: another one that fits the shapes too.")  # fmt: skip
    return sentences
