"""A torch module as this project's own network: affine maps with ReLUs between them, in floats and in integers."""
