"""MMR Fig. 10: filters of both convolutions of CIFAR-10."""

from papers.mmr.gradients_and_filters import filters_figure

FIGURE_10 = filters_figure(
    10,
    "cifar-10",
    "Filters of KW and MMR are the sparsest, especially in the second layer. Those of MMR+at are less sparse, "
    "and resemble adversarial training.",
)
