"""Training: step by step, in the background, side by side, measured, and saved so that it can be resumed."""
