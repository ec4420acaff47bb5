"""Schedules: options that change during training."""

from __future__ import annotations

from models.objectives.objective import Progress


def linear(progress: Progress, begin: float, end: float, over: tuple[float, float]) -> float:
    """`begin` up to the share over[0] of all epochs, `end` from over[1] on, and linear in between."""
    share = progress.epoch / progress.epochs
    first, last = over
    if share >= last:
        return end
    return begin + (end - begin) * max(0.0, share - first) / (last - first)


def check_share(name: str, value: float) -> None:
    """A ValueError unless an option is a share, from 0 to 1."""
    if not 0 <= value <= 1:
        raise ValueError(f"{name} must lie in [0, 1], got {value}")
