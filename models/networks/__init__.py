"""Network architectures: builders, descriptions as JSON, and PyTorch code."""
