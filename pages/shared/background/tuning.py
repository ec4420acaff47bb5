"""Seconds that decide which work goes first. `python -m benchmarks.scheduler` measures each at other values.

Each comment lists value: 95th percentile of a pin's wait in seconds, there, for a smaller value, the chosen one and a
larger one. A pin's own work takes 0.02 s; two runs differ by 0.02.
"""

TURN = 0.25  # that work computes before other work of its rank goes first. 0.05: 0.038, 0.25: 0.038, 1: 0.056
PATIENCE = 3.0  # that background work rests for pins before it has a turn. 1: 0.041, 3: 0.043, 10: 0.072
OVERDUE = 0.3  # after which a step that does not rest keeps no pin waiting. 0.1: 0.048, 0.3: 0.037, 1: 0.029
LOOK = 0.005  # between checks whether other work goes first. 0.001: 0.052, 0.005: 0.055, 0.05: 0.048
GLANCE = 0.2  # between checks if none waits, and of waiting work. 0.05: 0.077, 0.2: 0.052, 1: 0.103
