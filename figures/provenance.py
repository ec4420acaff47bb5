"""Where a table comes from, written at its head: what it holds, of which network and data, for which perturbations.

Every table that the app gives away begins with lines `# key: value`, then a row of names with their units, then
numbers. `pandas.read_csv(file, comment="#")` reads the table; the lines before it are for people. A picture carries
the same keys in its description.
"""

from __future__ import annotations

import csv
import io
import math
import re
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

import numpy as np

from geometry.norms import Norm

About = Mapping[str, str]  # key -> value, in their order

FORMULA = ("=", "+", "-", "@")
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")  # line breaks among them: they would begin another row
LATER = re.compile(r'(;[\s"]*)(?=[=+\-@])')
NORMS: dict[Norm, str] = {1: "l1", 2: "l2", math.inf: "linf"}
SEPARATORS = re.compile(r'[\x00-\x1f\x7f-\x9f\u2028\u2029,;"#\ud800-\udfff]')  # what could end a cell or a line


def cell(text: str) -> str:
    """Text from outside for a cell of a table, on one line.

    What a spreadsheet would take for a formula gets an apostrophe first; also after a semicolon, which ends a cell in
    countries where a comma is part of a number.
    """
    line = LATER.sub(r"\1'", CONTROL.sub(" ", text))
    return f"'{line}" if line.lstrip().startswith(FORMULA) else line


def origin(content: str, network: str, data: str, *, weights: str = "", made: datetime | None = None) -> dict[str, str]:
    """What a file holds, the network and the data it is about, and when it was made.

    Parameters
    ----------
    content : what the rows or the picture are, in a few words
    network, data : their titles; may come from outside
    weights : digest of the network's weights, if the title does not name them alone
    made : now, if not given
    """
    moment = (made or datetime.now(UTC)).astimezone(UTC)
    parts = {"content": content, "network": network, "weights": weights, "data": data}
    return {key: value for key, value in parts.items() if value} | {"made": f"{moment:%Y-%m-%d %H:%M} UTC"}


def perturbations(p: Norm, box: tuple[float, float] | None, eps: float | None = None) -> dict[str, str]:
    """The perturbations that count: their norm, the legal inputs, and their largest size, if there is one for all."""
    legal = "none: any input is legal" if box is None else f"{float(box[0])!r} to {float(box[1])!r}"
    size = {} if eps is None else {"eps": repr(float(eps))}
    return {"norm": NORMS[p], "box": legal} | size


def points_done(done: int, total: int) -> dict[str, str]:
    """How many of the points were looked at: the denominator of every share in the file."""
    return {"points": f"{done} of {total}"}


def distance(name: str, p: Norm) -> str:
    """The head of a column of distances."""
    return f"{name} [input units in {NORMS[p]}]"


def share(name: str) -> str:
    """The head of a column of shares of the points."""
    return f"{name} [share of points]"


def file_name(picture: str, about: About) -> str:
    """A name for a picture that a browser draws and saves, which has no other place to say where it comes from.

    What it shows, of which network and data, for which norm and eps; letters, digits and single dashes.
    """
    facts = [about.get(key, "") for key in ("network", "data", "point", "norm")]
    if "eps" in about:
        facts.append(f"eps-{about['eps']}")
    plain = (unicodedata.normalize("NFKC", text.replace("∞", "inf")).lower() for text in (picture, *facts))
    return "-".join(filter(None, (re.sub(r"[\W_]+", "-", text[:40]).strip("-") for text in plain)))


def csv_text(about: About, names: Iterable[str], rows: Iterable[Iterable[Any]]) -> str:
    """The table under the lines that say where it comes from.

    Floats are written so that reading them gives the same float64, infinite ones as inf; arrays as such numbers with
    spaces between them. Text that a spreadsheet would take for a formula gets an apostrophe first.
    """
    text = io.StringIO()
    for key, value in about.items():
        text.write(f"# {_on_one_line(key)}: {_on_one_line(value)}\n")
    table = csv.writer(text, lineterminator="\n")
    table.writerow([cell(name) for name in names])
    table.writerows([_written(value) for value in row] for row in rows)
    return text.getvalue()


def _on_one_line(text: str) -> str:
    """Without what would begin another cell or line: a spreadsheet might take that for a formula."""
    return " ".join(SEPARATORS.sub(" ", text).split())


def _written(value: Any) -> Any:
    if isinstance(value, str):
        return cell(value)
    if isinstance(value, np.ndarray):
        return " ".join(repr(float(each)) for each in value.ravel())
    return repr(float(value)) if isinstance(value, float) else value
