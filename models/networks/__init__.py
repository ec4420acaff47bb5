"""Architectures of networks: built, described as JSON, written as PyTorch code."""
