"""Text of Plotly figures: escaped, and in the theme's text colour, since Streamlit's own greys are too faint."""

from __future__ import annotations

from typing import TypeAlias

import plotly.graph_objects as go

from figures.style.palette import Theme, palette

Figure: TypeAlias = go.Figure  # for pages, which do not import Plotly

PLAIN = str.maketrans({character: f"&#{ord(character)};" for character in "&<>%${}\"'"})


def plot_text(text: str) -> str:
    """Untrusted text for a Plotly label, escaped: not read as HTML, as a template or as LaTeX."""
    return text.translate(PLAIN)


def inked(figure: go.Figure, theme: Theme) -> go.Figure:
    """Set the colour of all text, in place; returns the figure."""
    ink = palette(theme).ink
    notes = [
        {**note.to_plotly_json(), "font": {**note.font.to_plotly_json(), "color": ink}}
        for note in figure.layout.annotations
    ]
    figure.layout.annotations = notes  # in one assignment: Plotly validates all annotations whenever one changes
    figure.update_xaxes(title_font_color=ink, tickfont_color=ink)
    figure.update_yaxes(title_font_color=ink, tickfont_color=ink)
    return figure.update_layout(legend_font_color=ink)
