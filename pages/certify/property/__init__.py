"""A property of a network in VNN-LIB: decided, with its violation, and as a picture where two inputs vary alone."""
