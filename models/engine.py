"""The name by which scripts outside this repository import the engine of `models.training`."""

from models.training.engine import Engine

__all__ = ["Engine"]
