"""Constants of proofs over a plane, chosen for speed, measured by `python -m benchmarks.tuning certify.parametric`.

Each row lists value: time, relative to the value in use. On a busy machine two runs differ by 0.1.
"""

# How often tiles that bounds do not decide are divided before their regions are enumerated, for networks of many units.
LEVELS = 5  # 3: 1.20, 4: 0.87, 6: 1.29; of mnist-cnn-linf-plain 4: 1.2, 6: 1.1 to 2.2
# The same for other networks: where scores are equal, bounds never decide.
LEVELS_OF_SMALL = 1  # 2: 1.94, 3: 5.21, 5: 68
