"""Controls, state and computations that several pages use."""
