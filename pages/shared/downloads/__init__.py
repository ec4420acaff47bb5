"""A button that hands out a file, made when it is asked for and sent over the session's own connection."""

from pages.shared.downloads.component import download

__all__ = ["download"]
