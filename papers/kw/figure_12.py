"""KW Fig. 12: learning curves of robust training on Fashion-MNIST."""

from papers.kw.learning_curves import curves_figure

FIGURE_12 = curves_figure(
    12,
    "fashion-mnist",
    "There is no overfitting; the capacity of the model seems to limit the performance.",
)
