"""MMR Fig. 8: filters of both convolutions of GTS."""

from papers.mmr.gradients_and_filters import filters_figure

FIGURE_8 = filters_figure(
    8,
    "gts",
    "Filters of KW and MMR are the sparsest. Those of MMR+at are less sparse, and resemble adversarial training.",
)
