"""Exported CSV tables and their metadata: content, network, data, norm and legal inputs.

Every exported table begins with lines `# key: value`; then come a row of column names with their units, and the
numbers. `pandas.read_csv(file, comment="#")` skips the metadata. A picture carries the same keys in its description.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import TypeAlias

import numpy as np

from geometry.norms import NORM_NAMES, Norm

About: TypeAlias = Mapping[str, str]  # metadata: key -> value, in the order of the lines

FORMULA = ("=", "+", "-", "@")
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")  # including line breaks, which would begin another row
FORMULA_IN_NEXT_CELL = re.compile(r'(;[\s"]*)(?=[=+\-@])')
SEPARATORS = re.compile(r'[\x00-\x1f\x7f-\x9f\u2028\u2029,;"#\ud800-\udfff]')  # what could end a cell or a line


def cell(text: str) -> str:
    """Untrusted text as one cell of a table, on one line.

    An apostrophe goes before text that a spreadsheet would take for a formula; also after a semicolon, which separates
    cells in countries where the comma is the decimal sign.
    """
    line = FORMULA_IN_NEXT_CELL.sub(r"\1'", CONTROL.sub(" ", text))
    return f"'{line}" if line.lstrip().startswith(FORMULA) else line


def origin(content: str, network: str, data: str, *, weights: str = "", made: datetime | None = None) -> dict[str, str]:
    """Metadata of a file: its content, the network and the data, and the time.

    Parameters
    ----------
    content : what the rows are or the picture shows, in a few words
    network, data : their titles; they may be untrusted text
    weights : digest of the network's weights, where the title does not identify them
    made : the time; now, if not given
    """
    moment = (made or datetime.now(UTC)).astimezone(UTC)
    parts = {"content": content, "network": network, "weights": weights, "data": data}
    return {key: value for key, value in parts.items() if value} | {"made": f"{moment:%Y-%m-%d %H:%M} UTC"}


def perturbations(p: Norm, box: tuple[float, float] | None, eps: float | None = None) -> dict[str, str]:
    """Metadata of the perturbations: their norm, the box of legal inputs, and eps where all points share one."""
    legal_inputs = "none: any input is legal" if box is None else f"{float(box[0])!r} to {float(box[1])!r}"
    size = {} if eps is None else {"eps": repr(float(eps))}
    return {"norm": f"l{NORM_NAMES[p]}", "box": legal_inputs} | size


def points_done(done: int, total: int) -> dict[str, str]:
    """Metadata: how many of the points are done, which is the denominator of every share in the file."""
    return {"points": f"{done} of {total}"}


def distance(name: str, p: Norm) -> str:
    """The head of a column of distances."""
    return f"{name} [input units in l{NORM_NAMES[p]}]"


def share(name: str) -> str:
    """The head of a column of shares of the points."""
    return f"{name} [share of points]"


def file_name(picture: str, about: About) -> str:
    """A file name for a picture that a browser draws and saves; such a file holds no other metadata.

    The name lists picture, network, data, point, norm and eps, in letters, digits and single dashes.
    """
    parts = [about.get(key, "") for key in ("network", "data", "point", "norm")]
    if "eps" in about:
        parts.append(f"eps-{about['eps']}")
    plain = (unicodedata.normalize("NFKC", text.replace("∞", "inf")).lower() for text in (picture, *parts))
    return "-".join(filter(None, (re.sub(r"[\W_]+", "-", text[:40]).strip("-") for text in plain)))


def metadata(about: About) -> str:
    """The lines before a table: `# key: value`."""
    return "".join(f"# {_on_one_line(key)}: {_on_one_line(value)}\n" for key, value in about.items())


def csv_text(about: About, names: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    """The metadata lines, the column names and the rows.

    Floats are written so that reading them gives the same float64, infinite ones as inf; arrays as such numbers with
    spaces between them. An apostrophe goes before text that a spreadsheet would take for a formula.
    """
    text = io.StringIO()
    text.write(metadata(about))
    table = csv.writer(text, lineterminator="\n")
    table.writerow([cell(name) for name in names])
    table.writerows([_written(value) for value in row] for row in rows)
    return text.getvalue()


def _on_one_line(text: str) -> str:
    """The text without separators: a spreadsheet might take what follows one for a formula."""
    return " ".join(SEPARATORS.sub(" ", text).split())


def _written(value: object) -> object:
    if isinstance(value, str):
        return cell(value)
    if isinstance(value, np.ndarray):
        return " ".join(repr(float(number)) for number in value.ravel())
    return repr(float(value)) if isinstance(value, float) else value
