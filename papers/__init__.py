"""The papers' tables and figures, each with a command that redoes it: the paper's numbers, and ours beside them."""

from papers.experiment import Column, Experiment, Measured, Paper, Row
from papers.experiments import EXPERIMENTS, PAPERS, experiment
from papers.job import Job
from papers.result_files import Result, shown
from papers.running import run_rows
from papers.settings import Settings

__all__ = [
    "EXPERIMENTS",
    "PAPERS",
    "Column",
    "Experiment",
    "Job",
    "Measured",
    "Paper",
    "Result",
    "Row",
    "Settings",
    "experiment",
    "run_rows",
    "shown",
]
