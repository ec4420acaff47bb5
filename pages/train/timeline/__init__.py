"""The timeline: every moment of training as a mark, and a draggable knob at the one on screen."""

from pages.train.timeline.component import timeline_view

__all__ = ["timeline_view"]
