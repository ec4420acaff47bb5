"""The table of an experiment, as a component: a click on a row shows its details."""

from pages.papers.table.component import Cell, Line, results_table

__all__ = ["Cell", "Line", "results_table"]
