"""Constants of property checks, chosen for speed."""

# Parts of a box that are bounded in one batch.
PARTS_AT_ONCE = 128
# Points of a part at which gradients are taken, the middle one of them.
SAMPLES = 3
# Share of the largest gradient that is added to every input's: a narrow piece of the network may have none.
FLAT = 0.05

# Ascent: starts, steps from each, the first step as a share of the box's width, and its decay.
STARTS = 64
STARTS_OF_MANY = 4  # where many inputs vary: `verify` attacks, too
STEPS = 40
FIRST_STEP = 0.25
STEP_DECAY = 0.88
