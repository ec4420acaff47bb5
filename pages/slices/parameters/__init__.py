"""Slices over two parameters of an image, such as brightness and contrast, with a proof over a rectangle of them."""
