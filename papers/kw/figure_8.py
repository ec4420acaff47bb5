"""KW Fig. 8: filters of the first convolution."""

from papers.kw.filters import filters_figure

FIGURE_8 = filters_figure(8, 0, "first")
