"""The table of all experiments, in the order of the papers. A new one is one file, and one line here."""

from __future__ import annotations

from papers.experiment import Experiment, Paper
from papers.kw import KW
from papers.kw.figure_3 import FIGURE_3 as KW_FIGURE_3
from papers.kw.figure_4 import FIGURE_4 as KW_FIGURE_4
from papers.kw.figure_5 import FIGURE_5 as KW_FIGURE_5
from papers.kw.figure_6 import FIGURE_6 as KW_FIGURE_6
from papers.kw.figure_7 import FIGURE_7 as KW_FIGURE_7
from papers.kw.figure_8 import FIGURE_8 as KW_FIGURE_8
from papers.kw.figure_9 import FIGURE_9 as KW_FIGURE_9
from papers.kw.figure_10 import FIGURE_10 as KW_FIGURE_10
from papers.kw.figure_11 import FIGURE_11 as KW_FIGURE_11
from papers.kw.figure_12 import FIGURE_12 as KW_FIGURE_12
from papers.kw.figure_13 import FIGURE_13 as KW_FIGURE_13
from papers.kw.figure_14 import FIGURE_14 as KW_FIGURE_14
from papers.kw.table_1 import TABLE_1 as KW_TABLE_1
from papers.kw.table_2 import TABLE_2 as KW_TABLE_2
from papers.mmr import MMR
from papers.mmr.figure_2 import FIGURE_2 as MMR_FIGURE_2
from papers.mmr.figure_3 import FIGURE_3 as MMR_FIGURE_3
from papers.mmr.figure_4 import FIGURE_4 as MMR_FIGURE_4
from papers.mmr.figure_5 import FIGURE_5 as MMR_FIGURE_5
from papers.mmr.figure_6 import FIGURE_6 as MMR_FIGURE_6
from papers.mmr.figure_7 import FIGURE_7 as MMR_FIGURE_7
from papers.mmr.figure_8 import FIGURE_8 as MMR_FIGURE_8
from papers.mmr.figure_9 import FIGURE_9 as MMR_FIGURE_9
from papers.mmr.figure_10 import FIGURE_10 as MMR_FIGURE_10
from papers.mmr.table_1 import TABLE_1 as MMR_TABLE_1
from papers.mmr.table_2 import TABLE_2 as MMR_TABLE_2
from papers.mmr.table_3 import TABLE_3 as MMR_TABLE_3
from papers.mmr.table_4 import TABLE_4 as MMR_TABLE_4
from papers.mmr.table_5 import TABLE_5 as MMR_TABLE_5
from papers.mmr.table_6 import TABLE_6 as MMR_TABLE_6
from papers.simplex import SIMPLEX
from papers.simplex.figure_2 import FIGURE_2 as SIMPLEX_FIGURE_2
from papers.simplex.table_1 import TABLE_1 as SIMPLEX_TABLE_1
from papers.tight import TIGHT
from papers.tight.table_1 import TABLE_1 as TIGHT_TABLE_1
from papers.tight.table_2 import TABLE_2 as TIGHT_TABLE_2
from papers.tight.table_3 import TABLE_3 as TIGHT_TABLE_3
from papers.tight.table_4 import TABLE_4 as TIGHT_TABLE_4

PAPERS: dict[str, Paper] = {paper.name: paper for paper in (MMR, KW, SIMPLEX, TIGHT)}
EXPERIMENTS: dict[str, Experiment] = {
    experiment.name: experiment
    for experiment in (
        MMR_TABLE_1, MMR_TABLE_2, MMR_TABLE_3, MMR_TABLE_4, MMR_TABLE_5, MMR_TABLE_6,
        MMR_FIGURE_2, MMR_FIGURE_3, MMR_FIGURE_4, MMR_FIGURE_5, MMR_FIGURE_6, MMR_FIGURE_7, MMR_FIGURE_8,
        MMR_FIGURE_9, MMR_FIGURE_10,
        KW_TABLE_1, KW_TABLE_2, KW_FIGURE_3, KW_FIGURE_4, KW_FIGURE_5, KW_FIGURE_6, KW_FIGURE_7, KW_FIGURE_8,
        KW_FIGURE_9, KW_FIGURE_10, KW_FIGURE_11, KW_FIGURE_12, KW_FIGURE_13, KW_FIGURE_14,
        SIMPLEX_TABLE_1, SIMPLEX_FIGURE_2,
        TIGHT_TABLE_1, TIGHT_TABLE_2, TIGHT_TABLE_3, TIGHT_TABLE_4,
    )
}  # fmt: skip


def experiment(name: str) -> Experiment:
    """The experiment of this name.

    Raises
    ------
    ValueError
        If there is none, listing all.
    """
    if name not in EXPERIMENTS:
        raise ValueError(f"experiments are {', '.join(EXPERIMENTS)}; there is no {name[:60]!r}")
    return EXPERIMENTS[name]
