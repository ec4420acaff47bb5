"""The wall: the points of a test set as images, each marked as proved, attacked, wrong or open."""

from pages.certify.wall.component import MARKS, Tile, wall

__all__ = ["MARKS", "Tile", "wall"]
