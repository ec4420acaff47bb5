"""MMR Fig. 9: loss gradients at ten images of CIFAR-10."""

from papers.mmr.gradients_and_filters import gradients_figure

FIGURE_9 = gradients_figure(
    9,
    "cifar-10",
    "Gradients of robust networks are sparser than those of plain training, which are noise, and tend to "
    "highlight the object; none is as clear as on the other data sets.",
)
