"""The README's table of MNIST and Fashion-MNIST is what the results say."""

from __future__ import annotations

from pathlib import Path

from papers.mmr.table_1 import TABLE_1
from papers.result_files import SHIPPED, shown
from papers.summary import NOT_RUN, summary

README = Path(__file__).parents[2] / "README.md"


def test_the_readme_has_the_table_of_the_results_that_come_with_the_project() -> None:
    assert summary(shown(TABLE_1.name, (SHIPPED,))) in README.read_text(encoding="utf-8"), (
        "python -m papers summary prints the table anew"
    )


def test_a_cell_has_our_errors_above_the_papers_and_an_ellipsis_where_nothing_was_run() -> None:
    lines = summary(shown(TABLE_1.name, (SHIPPED,))).splitlines()
    assert len(lines) == 2 + 2 * 5 and all(line.count("|") == 6 for line in lines)
    assert "[1.44, 93.0–100.0]" in lines[2]  # Croce et al. (2019), Table 1: plain training of FC1
    assert all(cell.strip().startswith(NOT_RUN) for cell in summary({}).splitlines()[2].split("|")[2:-1])


def test_a_training_shorter_than_the_papers_says_so() -> None:
    results = shown(TABLE_1.name, (SHIPPED,))
    plain, _, kw, *_ = (line.split("|")[2] for line in summary(results).splitlines()[2:])
    assert f"({results['mnist-fc1-linf-kw'].epochs} epochs)" in kw and "epochs" not in plain
