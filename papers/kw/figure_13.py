"""KW Fig. 13: learning curves of robust training on HAR."""

from papers.kw.learning_curves import curves_figure

FIGURE_13 = curves_figure(
    13,
    "har",
    "The bottleneck is likely the simplicity of the problem and the size of ε; deeper networks do not help.",
)
