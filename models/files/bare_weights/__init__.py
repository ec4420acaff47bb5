"""Files of bare weights: the networks that fit their names and shapes."""
