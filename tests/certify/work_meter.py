"""Counts what is multiplied between two looks at the clock."""

from __future__ import annotations

from typing import Any

from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import flop_registry


class WorkMeter(TorchDispatchMode):
    """`look` is asked whether to stop: it says so from the `stop_after`-th time on, and notes the work since the last.

    `longest` is the most that went on between two looks, in floating-point operations of torch's products.
    """

    def __init__(self, stop_after: int) -> None:
        super().__init__()
        self.stop_after, self.looks, self.since, self.longest, self.total = stop_after, 0, 0, 0, 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        found = func(*args, **(kwargs or {}))
        count = flop_registry.get(func._overloadpacket)
        if count is not None:
            self.since += count(*args, **(kwargs or {}), out_val=found)
        return found

    def look(self) -> bool:
        self.looks += 1
        self._note()
        return self.looks >= self.stop_after

    def end(self) -> int:
        """The most that went on between two looks, or since the last one."""
        self._note()
        return self.longest

    def _note(self) -> None:
        self.longest, self.total, self.since = max(self.longest, self.since), self.total + self.since, 0
