"""The file formats of published image sets, and the archives that hold them."""
