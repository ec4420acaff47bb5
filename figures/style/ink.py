"""The text of a Plotly figure: in the theme's ink, as Streamlit's own greys are too faint, and as it is written."""

from __future__ import annotations

from typing import TypeAlias

import plotly.graph_objects as go

from figures.style.palette import Theme, palette

Figure: TypeAlias = go.Figure  # what pages pass on, without a Plotly of their own


PLAIN = str.maketrans({character: f"&#{ord(character)};" for character in "&<>%${}\"'"})


def plot_text(text: str) -> str:
    """Text from outside for a Plotly label: shown as it is, neither as HTML, nor as a template, nor as LaTeX."""
    return text.translate(PLAIN)


def inked(figure: go.Figure, theme: Theme) -> go.Figure:
    """The same figure, changed in place."""
    ink = palette(theme).ink
    notes = [
        {**note.to_plotly_json(), "font": {**note.font.to_plotly_json(), "color": ink}}
        for note in figure.layout.annotations
    ]
    figure.layout.annotations = notes  # all at once: each annotation that changes has Plotly check all of them
    figure.update_xaxes(title_font_color=ink, tickfont_color=ink)
    figure.update_yaxes(title_font_color=ink, tickfont_color=ink)
    return figure.update_layout(legend_font_color=ink)
