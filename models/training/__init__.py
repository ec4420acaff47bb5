"""Training: step by step, in the background, several in lockstep, with measures and checkpoints."""
