"""Results of experiments in files: small JSON, one file for an experiment, one entry for a row.

The results that come with the project lie in `papers/results`. A run writes into `runs/papers`; its rows are shown in
place of the project's.
"""

from __future__ import annotations

import base64
import json
import math
import zlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from models.files.atomic_writes import replace_file
from models.files.ownership import Ownership
from papers.settings import RUNS

SHIPPED = Path(__file__).parent / "results"
PATIENCE = 30.0  # seconds to wait for another process that writes the same file
LARGEST = 50_000_000  # bytes of a file, and of an array in one: a limit on memory


@dataclass(frozen=True)
class Result:
    """What one row gave, and how.

    values : by column; NaN and infinite ones are written as text
    points, seconds : measured points, and the time limit of an exact search on one; 0 where there is none
    network, kind, weights : the network's name, where it comes from (`papers.sources.Kind`), and the key of its weights
    epochs, seed : of its training, where it was trained; else the seed of the draw
    asked : epochs and seed as they were asked for, by which a run knows its own results
    took : processor seconds that measuring took, the training not included
    hardware, date : what it ran on, and when (ISO)
    series : what the picture needs
    """

    values: Mapping[str, float]
    points: int
    seconds: float
    network: str
    kind: str
    weights: str
    epochs: int | None
    seed: int | None
    asked: Mapping[str, Any]
    took: float
    hardware: str
    date: str
    note: str = ""
    series: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        return {**asdict(self), "values": {name: _number(value) for name, value in self.values.items()}}

    @classmethod
    def from_json(cls, entry: Any) -> Self:
        """Read an entry.

        Raises
        ------
        ValueError
            If it is none.
        """
        names = {field.name for field in fields(cls)}
        if not isinstance(entry, dict) or not isinstance(entry.get("values"), dict) or entry.keys() - names:
            raise ValueError("no result of a row")
        try:
            result = cls(**{**entry, "values": {str(name): float(value) for name, value in entry["values"].items()}})
        except (TypeError, ValueError) as error:
            raise ValueError("no result of a row") from error
        if not isinstance(result.series, dict) or not isinstance(result.asked, dict):
            raise ValueError("no result of a row")
        return result


def shown(name: str, folders: tuple[Path, ...] | None = None) -> dict[str, Result]:
    """The results of an experiment by row: those that ran here, else those that come with the project."""
    results: dict[str, Result] = {}
    for folder in reversed(folders or (RUNS, SHIPPED)):
        results |= read(folder / f"{name}.json")
    return results


def read(path: Path) -> dict[str, Result]:
    """The results in a file by row; none if there is no file.

    Raises
    ------
    ValueError
        If the file holds something else.
    """
    if not path.is_file():
        return {}
    if path.stat().st_size > LARGEST:
        raise ValueError(f"{path.name} has {path.stat().st_size:,} bytes; results have up to {LARGEST:,}")
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return {str(row): Result.from_json(entry) for row, entry in content["rows"].items()}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"{path} holds no results of an experiment: {error}; move it away") from error


def add(path: Path, row: str, result: Result) -> None:
    """Add the result of a row to a file, which another process may write as well.

    Raises
    ------
    OSError
        If it cannot be written. It is then as it was.
    ValueError
        If it holds something else.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with Ownership(path, PATIENCE):
        rows = {**read(path), row: result}
        content = {"experiment": path.stem, "rows": {name: entry.to_json() for name, entry in rows.items()}}
        replace_file(path, (json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n").encode())


def packed(array: NDArray[Any]) -> dict[str, Any]:
    """An array for a series: compressed, as text."""
    return {
        "dtype": array.dtype.str,
        "shape": list(array.shape),
        "zlib": base64.b64encode(zlib.compress(np.ascontiguousarray(array).tobytes(), 9)).decode(),
    }


def unpacked(stored: Mapping[str, Any]) -> NDArray[Any]:
    """The array that `packed` stored.

    Raises
    ------
    ValueError
        If it is none, or larger than LARGEST bytes.
    """
    try:
        dtype, shape = np.dtype(stored["dtype"]), tuple(map(int, stored["shape"]))
        size = dtype.itemsize * math.prod(shape)
        if dtype.hasobject or not 0 <= size <= LARGEST:
            raise ValueError(f"an array of {size:,} bytes")
        content = zlib.decompressobj().decompress(base64.b64decode(stored["zlib"]), size + 1)
        return np.frombuffer(content, dtype).reshape(shape)
    except (KeyError, TypeError, ValueError, zlib.error) as error:
        raise ValueError(f"a series holds no array: {error}") from error


def rounded(values: NDArray[np.floating], digits: int = 4) -> list[float | str]:
    """Numbers for a series, with so many significant digits."""
    return [_number(float(f"{value:.{digits}g}")) for value in values.ravel().tolist()]


def _number(value: float) -> float | str:
    """JSON has no numbers for infinity and NaN."""
    return float(value) if math.isfinite(value) else str(float(value))
