"""Network architectures: builders, descriptions as JSON, and PyTorch code."""

from models.networks.builders import image_mlp

__all__ = ["image_mlp"]
