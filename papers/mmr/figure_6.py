"""MMR Fig. 6: filters of both convolutions of MNIST."""

from papers.mmr.gradients_and_filters import filters_figure

FIGURE_6 = filters_figure(
    6,
    "mnist",
    "Filters of adversarially trained and provably robust networks are sparser than plain ones. Of MMR and "
    "MMR+at the second layer is very sparse as well.",
)
