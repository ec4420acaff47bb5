"""Learning rates that step down: after given shares of the epochs, the rate is divided by a number."""

from __future__ import annotations

import math
from typing import TypeAlias

Drops: TypeAlias = float | tuple[float, ...] | None  # shares of the epochs after which the learning rate falls

MAX_LR = 1000  # a limit that catches typing errors
MAX_DROPS = 100  # a limit on the size of checkpoints


def check_lr(lr: float) -> float:
    """The learning rate; a ValueError if it is out of range."""
    if not 0 < lr <= MAX_LR:
        raise ValueError(f"lr must lie above 0 and be at most {MAX_LR}, got {lr}")
    return lr


def check_drops(lr_drop: Drops, divisor: float) -> None:
    """A ValueError unless these are shares in rising order, and a number to divide by."""
    shares = shares_of(lr_drop)
    if len(shares) > MAX_DROPS or not all(0 <= share <= 1 for share in shares) or sorted(shares) != list(shares):
        raise ValueError(
            f"lr_drop is the share of the epochs after which lr falls, 0..1, or up to {MAX_DROPS} rising shares, "
            f"or None, got {str(lr_drop)[:80]}"
        )
    if not 1 <= divisor < math.inf:
        raise ValueError(f"lr_divisor is what lr is divided by, 1 or above, got {divisor}")


def shares_of(lr_drop: Drops) -> tuple[float, ...]:
    """The shares, however many were given."""
    if lr_drop is None:
        return ()
    return lr_drop if isinstance(lr_drop, tuple) else (lr_drop,)


def stepped(lr: float, lr_drop: Drops, divisor: float, epoch: float, epochs: float) -> float:
    """The learning rate at an epoch: divided once for each share of the epochs that is over."""
    return lr / divisor ** sum(epoch >= share * epochs for share in shares_of(lr_drop))
