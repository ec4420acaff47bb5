"""KW Fig. 9: filters of the second convolution."""

from papers.kw.filters import filters_figure

FIGURE_9 = filters_figure(9, 1, "second")
