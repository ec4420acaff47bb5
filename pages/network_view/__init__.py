"""The network, drawn: units with their own pictures, weights as lines; changes by hand come back to Python."""

from pages.network_view.component import network_view, take_network_events
from pages.network_view.events import NetworkEvents

__all__ = ["NetworkEvents", "network_view", "take_network_events"]
