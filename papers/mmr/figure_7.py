"""MMR Fig. 7: loss gradients at ten images of GTS."""

from papers.mmr.gradients_and_filters import gradients_figure

FIGURE_7 = gradients_figure(
    7,
    "gts",
    "All robust trainings are less sensitive to the background and highlight the sign; gradients of MMR and "
    "adversarial training are the most interpretable.",
)
