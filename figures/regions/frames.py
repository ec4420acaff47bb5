"""The frame: a region map as the live picture draws it, in one block of bytes that the browser reads without a copy.

Layout: uint32 length of a JSON header, the header, then arrays, each aligned to eight bytes and listed in
`header["arrays"][name] = [dtype, byte offset, length]`. Coordinates are float32 relative to the window's centre, so a
window of size 1e-6 still has seven digits.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from figures.regions.overlays import Window
from figures.style.palette import REGION_SHADES
from geometry.computation.cached_property import cached_property
from geometry.network.network import Network
from geometry.norms import NORM_NAMES, NORMS, Array, Norm

# Limits of what is sent to a browser: 6 MB of maps, 4 MB of patterns.
PIECE_VALUES = 1_500_000  # coefficients; above it a frame has only the two largest logits of each region
PATTERN_BYTES = 4_000_000  # above it a frame has no patterns: the readout shows counts until one zooms in
PATTERN_CHUNK = 10_000  # regions whose patterns are counted at once: a limit on memory
NO_UNIT = 0xFFFFFFFF  # of an edge on the window's border


class Regions(Protocol):
    """The part of `geometry.RegionMap` that a frame reads."""

    @property
    def window(self) -> Window: ...
    @property
    def vertices(self) -> Array: ...
    @property
    def edges(self) -> NDArray[np.integer]: ...
    @property
    def edge_unit(self) -> NDArray[np.integer]: ...
    @property
    def starts(self) -> NDArray[np.integer]: ...
    @property
    def ring(self) -> NDArray[np.integer]: ...
    @property
    def classes(self) -> NDArray[np.integer]: ...
    @property
    def class_pieces(self) -> Array: ...
    @property
    def network(self) -> Network: ...
    def __len__(self) -> int: ...
    def centroids(self) -> Array: ...
    def margins(self) -> Array: ...
    def active_units(self) -> NDArray[np.integer]: ...
    def gradient_norms(self, p: Norm = 2) -> Array: ...
    def patterns(self, indices: NDArray[np.integer]) -> NDArray[np.bool_]: ...
    def decision_boundary(self) -> list[tuple[Array, tuple[int, int]]]: ...


@dataclass(frozen=True, eq=False)
class Frame:
    """A picture of n regions, E edges and V vertices; the module docstring explains the coordinates."""

    window: Window
    widths: tuple[int, ...]  # units per hidden layer
    class_count: int
    vertices: NDArray[np.float32]  # (V, 2), relative to `centre`
    starts: NDArray[np.uint32]  # (n + 1,)
    ring: NDArray[np.uint32]  # (H,) vertices of each region, counter-clockwise
    edges: NDArray[np.uint32]  # (E, 2)
    edge_unit: NDArray[np.uint32]  # (E,) hidden unit, or NO_UNIT
    classes: NDArray[np.uint8]  # (n,) at the centroid
    outputs: NDArray[np.uint8]  # (n, m) which class each piece belongs to
    pieces: NDArray[np.float32]  # (n, m, 3): logit = piece @ (s, t, 1), s and t relative to `centre`
    margins: NDArray[np.float32]  # (n,) at the centroid; for scales and still pictures
    active: NDArray[np.uint32]  # (n,) units that are on
    gradients: dict[str, NDArray[np.float32]]  # norm's name -> (n,)
    shades: NDArray[np.uint8]  # (n,) stable colour number below REGION_SHADES
    patterns: NDArray[np.uint8] | None  # (n, ceil(units / 8)) bits, first unit highest; None when too many
    boundary: NDArray[np.float32]  # (B, 2) vertices of all decision boundary polylines
    boundary_starts: NDArray[np.uint32]  # (polylines + 1,)
    truncated: bool = False
    grid: tuple[int, int] | None = None  # columns, rows: the n fills are cells of a raster, row by row from t0 upwards
    one_in: int = 1  # the frame has the edges of one unit in so many
    ink: NDArray[np.uint8] | None = None  # (n,) share of each raster cell that the edges cover, all of them, 0 to 255
    basis: NDArray[np.float32] | None = None  # (3, channels, height, width) origin, u and v of a plane of images

    def __len__(self) -> int:
        return len(self.classes)

    @property
    def nbytes(self) -> int:
        """The size of all arrays together."""
        arrays = [*vars(self).values(), *self.gradients.values()]
        return sum(array.nbytes for array in arrays if isinstance(array, np.ndarray))

    @property
    def centre(self) -> tuple[float, float]:
        s0, s1, t0, t1 = self.window
        return (s0 + s1) / 2, (t0 + t1) / 2

    @cached_property
    def ranges(self) -> dict[str, tuple[float, float]]:
        """Per fill, the values of the first and the last colour: quantiles, which ignore a few extreme regions."""
        spans = {
            "margin": (0.0, _quantile(self.margins, 0.95)),
            "active": (_quantile(self.active, 0.0), _quantile(self.active, 1.0)),
        }
        for name, values in self.gradients.items():
            spans[f"gradient-{name}"] = (_quantile(values, 0.02), _quantile(values, 0.98))
        return {name: (low, high if high > low else low + 1.0) for name, (low, high) in spans.items()}

    @cached_property
    def hash(self) -> str:
        """A digest of the content: two equal frames have the same."""
        return self._packed[1]

    def to_bytes(self) -> bytes:
        """The whole frame as bytes for the browser; computed once."""
        return self._packed[0]

    @cached_property
    def _packed(self) -> tuple[bytes, str]:
        arrays: dict[str, NDArray[Any]] = {
            "vertices": self.vertices,
            "starts": self.starts,
            "ring": self.ring,
            "edges": self.edges,
            "edge_unit": self.edge_unit,
            "classes": self.classes,
            "outputs": self.outputs,
            "pieces": self.pieces,
            "active": self.active,
            "shades": self.shades,
            "boundary": self.boundary,
            "boundary_starts": self.boundary_starts,
        }
        arrays |= {f"gradient-{name}": values for name, values in self.gradients.items()}
        if self.patterns is not None:
            arrays["patterns"] = self.patterns
        if self.ink is not None:
            arrays["ink"] = self.ink
        if self.basis is not None:
            arrays["basis"] = self.basis
        image_shape = None if self.basis is None else self.basis.shape[1:]
        display = (self.class_count, self.truncated, self.ranges)
        metadata = (self.window, self.widths, self.grid, self.one_in, image_shape, display)
        digest = hashlib.blake2b(repr(metadata).encode(), digest_size=8)
        for array in arrays.values():
            digest.update(np.ascontiguousarray(array).data)
        header = {
            "hash": digest.hexdigest(),
            "window": self.window,
            "centre": self.centre,
            "widths": self.widths,
            "class_count": self.class_count,
            "regions": len(self),
            "per_region": self.outputs.shape[1],
            "truncated": self.truncated,
            "grid": self.grid,
            "one_in": self.one_in,
            "image_shape": image_shape,
            "ranges": self.ranges,
        }
        return _pack(header, arrays), header["hash"]


def region_frame(regions: Regions) -> Frame:
    """The frame of a region map. Its units are those of the module, as a network's `module_units` numbers them.

    Parameters
    ----------
    regions : geometry.RegionMap

    Returns
    -------
    Frame
        With all logits of every region up to PIECE_VALUES coefficients, and all patterns up to PATTERN_BYTES; above
        these limits, with the two largest logits at the centroid, and with the number of active units alone.
    """
    s0, s1, t0, t1 = (float(value) for value in regions.window)
    centre = np.array([(s0 + s1) / 2, (t0 + t1) / 2])
    outputs, pieces = _pieces(regions, centre)
    patterns, active = _patterns(regions)
    lines = [np.asarray(line) for line, _ in regions.decision_boundary()]
    class_count = regions.class_pieces.shape[1]
    return Frame(
        window=(s0, s1, t0, t1),
        widths=tuple(int(width) for width in regions.network.module_widths),
        class_count=class_count,
        vertices=(regions.vertices - centre).astype(np.float32),
        starts=np.asarray(regions.starts, dtype=np.uint32),
        ring=np.asarray(regions.ring, dtype=np.uint32),
        edges=np.asarray(regions.edges, dtype=np.uint32),
        edge_unit=unit_or_border(module_units(np.asarray(regions.edge_unit), regions.network)),
        classes=np.asarray(regions.classes, dtype=np.uint8),
        outputs=outputs,
        pieces=pieces,
        margins=np.asarray(regions.margins(), dtype=np.float32),
        active=np.asarray(active, dtype=np.uint32),
        gradients={NORM_NAMES[p]: np.asarray(regions.gradient_norms(p), dtype=np.float32) for p in NORMS},
        shades=shades(None if patterns is None else np.packbits(patterns, axis=1), pieces),
        patterns=None if patterns is None else np.packbits(regions.network.module_pattern(patterns), axis=1),
        boundary=(np.concatenate(lines) - centre if lines else np.empty((0, 2))).astype(np.float32),
        boundary_starts=np.cumsum([0, *map(len, lines)]).astype(np.uint32),
        truncated=bool(getattr(regions, "truncated", False)),
    )


def unit_or_border(unit: NDArray[np.integer]) -> NDArray[np.uint32]:
    """A region map's units of edges as a frame has them: NO_UNIT where the map has a negative number."""
    return np.where(unit < 0, NO_UNIT, unit).astype(np.uint32)


def _pieces(regions: Regions, centre: Array) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """(n, m) classes and (n, m, 3) maps around `centre`: all classes, or the two largest at the centroid."""
    pieces = regions.class_pieces
    n, class_count = pieces.shape[:2]
    if class_count > 256:
        raise ValueError(f"a frame holds at most 256 classes, got {class_count}")
    outputs = np.broadcast_to(np.arange(class_count), (n, class_count))
    if pieces.size > PIECE_VALUES and class_count > 2:
        at_centroid = np.einsum("nkc,nc->nk", pieces, np.column_stack([regions.centroids(), np.ones(n)]))
        outputs = np.sort(np.argpartition(-at_centroid, 1, axis=1)[:, :2], axis=1)
        pieces = np.take_along_axis(pieces, outputs[:, :, None], axis=1)
    around = pieces.copy()
    around[..., 2] += pieces[..., :2] @ centre
    return outputs.astype(np.uint8), around.astype(np.float32)


def module_units(unit: NDArray[np.integer], network: Network) -> NDArray[np.integer]:
    """Hidden units, negative for none, as the units of the module that they belong to."""
    if network.module_widths == network.widths:
        return unit
    return np.where(unit < 0, unit, network.module_units()[unit])


def _patterns(regions: Regions) -> tuple[NDArray[np.bool_] | None, NDArray[np.integer]]:
    """(n, units) all patterns, None where they are too many, and (n,) how many units of the module are on."""
    network, everything = regions.network, np.arange(len(regions))
    small = -(-sum(network.widths) // 8) * len(regions) <= PATTERN_BYTES
    patterns = regions.patterns(everything) if small else None
    if network.module_widths == network.widths:
        return patterns, regions.active_units()
    if patterns is not None:
        return patterns, network.module_pattern(patterns).sum(axis=1)
    chunks = np.array_split(everything, -(-len(regions) // PATTERN_CHUNK))
    return None, np.concatenate([network.module_pattern(regions.patterns(rows)).sum(axis=1) for rows in chunks])


def shades(patterns: NDArray[np.uint8] | None, pieces: NDArray[np.float32]) -> NDArray[np.uint8]:
    """A colour number per region, a hash of its pattern alone: zooming and a new enumeration keep it.

    Where `patterns` is None, it is a hash of the gradient to two digits.
    """
    if patterns is None:
        gradient = pieces[:, 0, :2]
        patterns = np.ascontiguousarray(np.round(gradient / np.abs(gradient).max(initial=1e-30), 2)).view(np.uint8)
    keys = np.frombuffer(np.random.default_rng(0).bytes(8 * patterns.shape[1]), dtype=np.uint64) | np.uint64(1)
    mixed = np.zeros(len(patterns), dtype=np.uint64)
    for column in range(patterns.shape[1]):
        mixed += (patterns[:, column].astype(np.uint64) + np.uint64(1)) * keys[column]
    return ((mixed >> np.uint64(40)) % np.uint64(REGION_SHADES)).astype(np.uint8)


def _quantile(values: NDArray[Any], share: float) -> float:
    finite = values[np.isfinite(values)]
    return float(np.quantile(finite, share)) if len(finite) else 0.0


def _pack(header: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> bytes:
    names = {"f": "float32", "u1": "uint8", "u4": "uint32"}
    places: dict[str, list[Any]] = {}
    offset = 0
    for name, array in arrays.items():
        kind = names["f" if array.dtype.kind == "f" else f"u{array.dtype.itemsize}"]
        places[name] = [kind, offset, array.size]
        offset += -(-array.nbytes // 8) * 8
    text = json.dumps(header | {"arrays": places}).encode()
    head = len(text).to_bytes(4, "little") + text
    parts = [head.ljust(-(-len(head) // 8) * 8)]
    for array in arrays.values():
        raw = np.ascontiguousarray(array).tobytes()
        parts.append(raw.ljust(-(-len(raw) // 8) * 8, b"\0"))
    return b"".join(parts)
