"""Steps beside a picture: how a region's formula comes about, and how a proof proceeds."""

from pages.step_view.component import step_view

__all__ = ["step_view"]
