"""Proofs over two parameters of an input, such as its brightness and contrast. README.md explains them."""
