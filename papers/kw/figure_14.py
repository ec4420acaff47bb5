"""KW Fig. 14: learning curves of robust training on SVHN."""

from papers.kw.learning_curves import curves_figure

FIGURE_14 = curves_figure(
    14,
    "svhn",
    "While ε grows, all curves at the epoch's ε rise, and the robust test error at the final ε falls. A larger "
    "model is needed for better results.",
)
