"""What a format of image sets is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from models.data.images.formats.bundle import Bundle
from models.data.images.images import PIXELS, Limits, Part, Stored

Found = Mapping[Part, Sequence[str]]  # the paths of each part's files


@dataclass(frozen=True)
class Format:
    """A format of files in which image sets are published.

    title : of the set that has this format; empty if several have
    find : the paths of each part's files in a bundle, in the order in which they are read; a part without files is left
        out. It goes by the files' names, and reads at most their beginnings
    read : the images and labels in these files. It raises a ValueError in one sentence if a file is damaged, or one is
        missing
    classes : the names of the set's labels; empty if several sets have this format
    names : the names of the labels by the files, where no set has this format for itself
    """

    title: str
    find: Callable[[Bundle], Found]
    read: Callable[[Bundle, Sequence[str]], Stored]
    classes: tuple[str, ...] = ()
    limits: Limits = PIXELS
    names: Callable[[Bundle], tuple[str, ...]] | None = None

    def classes_in(self, bundle: Bundle) -> tuple[str, ...]:
        """The names of the labels of the set in these files; they may be untrusted text."""
        return self.classes if self.names is None else self.names(bundle)


def named(bundle: Bundle, names: Sequence[str]) -> tuple[str, ...]:
    """The paths of the files with these names, in their order; of several files with one name the first."""
    by_name: dict[str, str] = {}
    for path in bundle.paths:
        by_name.setdefault(PurePosixPath(path).name, path)
    return tuple(by_name[name] for name in names if name in by_name)
