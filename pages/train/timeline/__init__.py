"""The timeline: every moment of training as a mark, the one on screen as a knob to be dragged anywhere."""

from pages.train.timeline.component import timeline_view

__all__ = ["timeline_view"]
