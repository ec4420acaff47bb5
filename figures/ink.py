"""The text of a Plotly figure in the theme's ink: Streamlit's own greys are too faint for what has to be read."""

from __future__ import annotations

from typing import TypeAlias

import plotly.graph_objects as go

from figures.palette import Theme, palette

Figure: TypeAlias = go.Figure  # what pages pass on, without a Plotly of their own


def inked(figure: go.Figure, theme: Theme) -> go.Figure:
    """The same figure, changed in place."""
    ink = palette(theme).ink
    figure.update_annotations(font_color=ink)
    figure.update_xaxes(title_font_color=ink, tickfont_color=ink)
    figure.update_yaxes(title_font_color=ink, tickfont_color=ink)
    return figure.update_layout(legend_font_color=ink)
