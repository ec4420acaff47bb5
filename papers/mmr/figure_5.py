"""MMR Fig. 5: loss gradients at ten images of MNIST."""

from papers.mmr.gradients_and_filters import gradients_figure

FIGURE_5 = gradients_figure(
    5,
    "mnist",
    "All robust trainings make gradients sparse and interpretable, MMR's the most concentrated; only those of "
    "plain training do not highlight the digit.",
)
