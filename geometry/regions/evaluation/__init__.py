"""A network's signs at points of a plane: floats with bounds on their errors, integers where these are too large."""
