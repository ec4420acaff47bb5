"""A download button: the file is made after the click and sent over the session's own connection."""

from pages.shared.downloads.component import download

__all__ = ["download"]
