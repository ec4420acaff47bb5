"""Resumable runs over a data set: a partial result after each chunk of points, which can be saved and resumed."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any, BinaryIO, ClassVar, Self, TypeVar
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from certify.perturbation.perturbation import Numbers
from geometry.computation.cancellation import Cancelled, CancelScope, cancellable, check_cancelled
from geometry.network.affine import Chain
from geometry.network.network import Network

POINTS_AT_ONCE = 256  # points between two checks of cancellation at most: no product is faster with more
Columns = Mapping[str, NDArray[Any]]


@dataclass(frozen=True, eq=False, kw_only=True)
class Partial:
    """The result of the first `done` of `total` points. A subclass names its per-point arrays in `columns`.

    `question` is the fingerprint of everything the result depends on: a saved result is resumed only for the same.
    """

    question: str
    total: int
    columns: ClassVar[tuple[str, ...]] = ()

    @property
    def done(self) -> int:
        return len(getattr(self, self.columns[0]))

    @property
    def complete(self) -> bool:
        return self.done == self.total

    def save(self, file: str | os.PathLike[str] | BinaryIO) -> None:
        """As .npz: every field one array, nothing pickled."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        np.savez(file, allow_pickle=False, **{name: _stored(value) for name, value in values.items()})

    @classmethod
    def load(cls, file: str | os.PathLike[str] | BinaryIO) -> Self:
        """Read a file that `save` wrote.

        Raises
        ------
        ValueError
            If the file holds anything else.
        """
        try:
            with np.load(file, allow_pickle=False) as stored:
                return cls(**{field.name: _restored(stored[field.name]) for field in fields(cls)})
        except (KeyError, BadZipFile, EOFError, AttributeError, TypeError) as error:
            raise ValueError(f"the file holds no saved {cls.__name__}: {error}") from error


P = TypeVar("P", bound=Partial)


def resumable_run(
    empty: P,
    part: Callable[[slice], Columns],
    chunk: int,
    resume: P | None = None,
    cancelled: Cancelled | None = None,
) -> Iterator[P]:
    """Yield the result so far: at the start, and after every chunk of points, until all are done or `cancelled`.

    `part` computes the columns of some points. Closing the iterator stops the run.

    Raises
    ------
    ValueError
        If `resume` answers another question, or chunk < 1.
    """
    if chunk < 1:
        raise ValueError(f"chunk must be at least 1 point, got {chunk}")
    if resume is not None and resume.question != empty.question:
        raise ValueError("the saved result is of another network, other points or other settings: start afresh")
    return _chunks(empty if resume is None else resume, part, chunk, cancelled)


def _chunks(result: P, part: Callable[[slice], Columns], chunk: int, cancelled: Cancelled | None) -> Iterator[P]:
    yield result
    while not result.complete:
        columns: Columns | None = None
        with CancelScope(cancelled, partial=True):
            check_cancelled()
            columns = _of_points(part, result.done, min(result.done + chunk, result.total))
        if columns is None:
            return
        names = result.columns
        grown: dict[str, Any] = {name: np.concatenate([getattr(result, name), columns[name]]) for name in names}
        result = replace(result, **grown)
        yield result


def _of_points(part: Callable[[slice], Columns], begin: int, end: int) -> Columns:
    """The columns of these points, in parts if a scope around can be cancelled; points do not depend on each other."""
    if not cancellable():
        return part(slice(begin, end))
    parts = []
    for first in range(begin, end, POINTS_AT_ONCE):
        check_cancelled()
        parts.append(part(slice(first, min(first + POINTS_AT_ONCE, end))))
    return {name: np.concatenate([columns[name] for columns in parts]) for name in parts[0]}


def complete(results: Iterator[P], progress: Callable[[P], None] | None = None) -> P:
    """The last result of a run, with `progress` called for each."""
    for result in results:
        if progress is not None:
            progress(result)
    return result


def bisected(
    count: int, size: int, holds: Callable[[NDArray[np.intp], NDArray[np.intp]], NDArray[np.bool_]]
) -> NDArray[np.intp]:
    """(count,) how many of a grid's `size` entries hold for each point, taking them to hold first and fail later.

    `holds` decides entries for points, (m,) each. The last entry counted was tested and holds, also where the property
    is not monotone.
    """
    low, high = np.zeros(count, np.intp), np.full(count, size, np.intp)
    while (open_ := np.flatnonzero(low < high)).size:
        middle = (low[open_] + high[open_]) // 2
        good = holds(open_, middle)
        low[open_[good]], high[open_[~good]] = middle[good] + 1, middle[~good]
    return low


def checked_grid(eps: Numbers) -> NDArray[np.float64]:
    """(g,) ascending radii; a ValueError if they are not."""
    grid = np.atleast_1d(np.asarray(eps, dtype=np.float64))
    if grid.ndim != 1 or grid.size == 0:
        raise ValueError(f"eps must be a number or (g,) with g >= 1, got shape {grid.shape}")
    if not (np.isfinite(grid).all() and (grid >= 0).all()):
        raise ValueError(f"eps must be finite and not negative, got {grid[~(np.isfinite(grid) & (grid >= 0))][0]}")
    if (np.diff(grid) <= 0).any():
        raise ValueError(f"eps must ascend, got {grid.tolist()}")
    return grid


def fingerprint(network: Network, x: Tensor, *settings: object) -> str:
    """A digest of the weights, the points and the settings of a run."""
    digest = hashlib.sha256(repr(network.input_shape).encode())
    for layer in network.layers:
        _feed(digest, layer.slope)
        _feed(digest, layer.affine.parts if isinstance(layer.affine, Chain) else layer.affine)
    for value in (x, *settings):
        _feed(digest, value)
    return digest.hexdigest()


def _feed(digest: hashlib._Hash, value: object) -> None:
    if isinstance(value, tuple):
        for item in value:
            _feed(digest, item)
    elif is_dataclass(value):
        for field in fields(value):
            _feed(digest, getattr(value, field.name))
    elif isinstance(value, (Tensor, np.ndarray)):
        array = value.detach().cpu().numpy() if isinstance(value, Tensor) else value
        digest.update(f"{array.dtype} {array.shape}".encode() + np.ascontiguousarray(array).tobytes())
    else:
        digest.update(repr(value).encode())


def _stored(value: object) -> NDArray[Any]:
    return np.asarray(value, dtype=str) if isinstance(value, tuple) else np.asarray(value)


def _restored(array: NDArray[Any]) -> Any:
    if array.ndim == 0:
        return array.item()
    return tuple(array.tolist()) if array.dtype.kind == "U" else array
