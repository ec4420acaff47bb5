"""The files of a data set, whatever holds them: folders, zip and tar archives, gzip files, or an upload.

Nothing is unpacked to disk. Sizes are limited before anything is read; a path in an archive is a name, and never leads
to a file of this machine.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath

from models.data.images.formats.tar import GZIP, is_tar, members, unpacked
from models.data.images.names import short_name
from models.files.archives import open_zip, read_member

ZIP = b"PK"
HEAD = 4  # bytes that tell archives from other files
MAX_FILES = 60_000  # GTSRB's training set has 39 252: a limit on time
MAX_BYTES = 300_000_000  # of one archive or file; GTSRB's largest archive has 276 million: a limit on memory
MAX_UNPACKED = 2_000_000_000  # of a zip archive, whose members are unpacked one at a time: a limit on time
PACKED = (".gz", ".tgz", ".tar", ".zip")
IGNORED = ("__MACOSX/", "._", ".DS_Store")  # what some systems add to archives


@dataclass(frozen=True)
class Entry:
    """One file: its size in bytes as stated, and a function that returns its content."""

    size: int
    content: Callable[[], bytes]


class Bundle:
    """Files by their paths, which are untrusted text."""

    def __init__(self) -> None:
        self._entries: dict[str, Entry] = {}

    @property
    def paths(self) -> list[str]:
        """All paths, sorted, those in fewer folders first: an unpacked file precedes its copy in a folder."""
        return sorted(self._entries, key=lambda path: (path.count("/"), path))

    def size(self, path: str) -> int:
        """The size of a file in bytes."""
        return self._entries[path].size

    def read(self, path: str, max_bytes: int) -> bytes:
        """The content of a file; a ValueError if it is damaged or larger than `max_bytes`."""
        size = self.size(path)
        if size > max_bytes:
            raise ValueError(f"{short_name(path)} has {size:,} bytes; up to {max_bytes:,} are read")
        return self._entries[path].content()

    def add(self, path: str, entry: Entry) -> None:
        """Add a file; of two with the same path the first stays."""
        name = PurePosixPath(path).name
        if any(path.startswith(text) or name.startswith(text) for text in IGNORED):
            return
        if len(self._entries) >= MAX_FILES:
            raise ValueError(f"there are more than {MAX_FILES:,} files; name the folder of one data set")
        self._entries.setdefault(path, entry)

    def add_bytes(self, path: str, data: bytes, stack: ExitStack, nested: bool = True) -> None:
        """Add a file, or what it holds if it is an archive; a zip archive in a zip archive is opened, too."""
        try:
            if data.startswith(ZIP):
                self._add_zip(data, stack, nested)
                return
            content = unpacked(data)
            if not is_tar(content):
                self.add(path.removesuffix(".gz"), Entry(len(content), lambda: content))
                return
            for member, part in members(content):
                self.add(member, Entry(len(part), partial(bytes, part)))
        except ValueError as error:
            raise ValueError(f"{short_name(path)} cannot be unpacked: {error}") from error

    def add_path(self, path: str, place: Path, stack: ExitStack) -> None:
        """Add the file at `place`, what is in it if it is an archive, or what is in the folder."""
        if place.is_dir():
            for inner, file in _files(place):
                if file.name.endswith(PACKED):
                    self.add_path(f"{path}/{inner}", file, stack)
                else:
                    self.add(f"{path}/{inner}", Entry(file.stat().st_size, file.read_bytes))
            return
        size = place.stat().st_size
        if size > MAX_BYTES:
            raise ValueError(f"{short_name(path)} has {size:,} bytes; up to {MAX_BYTES:,} are read")
        with place.open("rb") as stream:
            head = stream.read(HEAD)
        if head.startswith(ZIP):
            try:
                self._add_zip(place, stack, nested=True)
            except ValueError as error:
                raise ValueError(f"{short_name(path)} cannot be unpacked: {error}") from error
        elif head.startswith(GZIP) or place.name.endswith(PACKED):
            self.add_bytes(path, place.read_bytes(), stack)
        else:
            self.add(path, Entry(size, place.read_bytes))

    def _add_zip(self, source: bytes | Path, stack: ExitStack, nested: bool) -> None:
        archive = stack.enter_context(open_zip(source, MAX_UNPACKED, MAX_FILES))
        for member in archive.infolist():
            if member.is_dir():
                continue
            if nested and member.filename.endswith(".zip"):
                inner = read_member(archive, member, MAX_BYTES)
                self.add_bytes(member.filename, inner, stack, nested=False)
            else:
                self.add(member.filename, Entry(member.file_size, partial(read_member, archive, member, MAX_BYTES)))


@contextmanager
def bundled(root: Path, paths: Sequence[str]) -> Iterator[Bundle]:
    """The files at these paths below `root`: archives opened, folders with all that lies in them."""
    with ExitStack() as stack:
        bundle = Bundle()
        for path in paths:
            bundle.add_path(path, root / path, stack)
        yield bundle


@contextmanager
def uploaded(files: Sequence[tuple[str, bytes]]) -> Iterator[Bundle]:
    """Uploaded files, archives among them opened."""
    with ExitStack() as stack:
        bundle = Bundle()
        for name, data in files:
            bundle.add_bytes(name.replace("\\", "/"), data, stack)
        yield bundle


def _files(folder: Path) -> Iterator[tuple[str, Path]]:
    """The plain files below a folder and their relative paths; links to folders are not followed."""
    for place, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            file = Path(place, name)
            if file.is_file():
                yield file.relative_to(folder).as_posix(), file
