"""The table of the README: test and robust errors on MNIST and Fashion-MNIST, each beside the paper's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from papers.mmr.names import DATA_TITLES, NETWORK_TITLES, NORM_TITLES, SCHEME_TITLES, SCHEMES
from papers.mmr.table_1 import SETUPS, TABLE_1
from papers.result_files import Result

SETS = ("mnist", "fashion-mnist")
NOT_RUN = "…"
EPOCHS = 100  # of the paper's trainings


def summary(results: Mapping[str, Result]) -> str:
    """MMR's Table 1 in short, in Markdown; `results` by the names of its rows.

    A cell is the test error, and the least and the largest robust error, in percent: ours, or an ellipsis, and under
    it the paper's. Ours have the number of their epochs if that is below the paper's.
    """
    setups = [f"{NETWORK_TITLES[network]} {NORM_TITLES[norm]}" for norm, network in SETUPS]
    lines = [["", *setups], ["---"] * (len(setups) + 1), *_lines(results)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _lines(results: Mapping[str, Result]) -> Iterator[list[str]]:
    rows = {row.name: row for row in TABLE_1.rows}
    for dataset in SETS:
        for scheme in SCHEMES:
            cells = [f"{DATA_TITLES[dataset]}, {SCHEME_TITLES[scheme]}"]
            for norm, network in SETUPS:
                name = f"{dataset}-{network}-{norm}-{scheme}"
                ours = _ours(results[name]) if name in results else NOT_RUN
                cells.append(f"{ours}<br>[{_errors(rows[name].paper)}]")
            yield cells


def _ours(result: Result) -> str:
    """The errors, with the epochs of a training that was shorter than the paper's."""
    short = result.epochs is not None and result.epochs < EPOCHS
    return _errors(result.values) + (f" ({result.epochs} epochs)" if short else "")


def _errors(values: Mapping[str, float]) -> str:
    """'2.47, 7.4–7.5'."""
    return f"{values['te']:.2f}, {values['lb']:.1f}–{values['ub']:.1f}"
