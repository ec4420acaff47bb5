"""Seconds that decide which thread computes when. `python -m benchmarks.scheduler` measures each at other values."""

URGENT = 2.0  # for which a computation counts as urgent. With 5 a newcomer waits 3 s
AWAY = 0.1  # that trainings pause for urgent work between two turns
TURN = 0.02  # that one training computes before another's turn: a picture waits for it that long
