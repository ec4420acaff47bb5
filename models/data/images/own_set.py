"""The user's own image data set, with its arrays as stored: bytes become float32 only when they are used."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from geometry.computation.cached_property import cached_property
from models.data.images.images import PARTS, PIXELS, Images, Limits, Part, Stored, as_numbers, shape_text


@dataclass(frozen=True, eq=False)
class OwnSet:
    """The data set in one upload, or in one archive in the data folder.

    name : the name of the file or of the data set; untrusted text
    parts : x (n, *shape), uint8 or float32 within `limits`, and y (n,) from -1 (not known) up; one part, or both
    classes : the names of the labels, untrusted text; may be empty
    limits : the least and the largest legal value of x as numbers; (0, 1) for bytes
    """

    name: str
    parts: Mapping[Part, Stored]
    classes: tuple[str, ...] = ()
    limits: Limits = PIXELS

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of one input."""
        return tuple(next(iter(self.parts.values()))[0].shape[1:])

    def part(self, wanted: Part) -> Part:
        """The wanted part, or the only one of the set."""
        return wanted if wanted in self.parts else next(iter(self.parts))

    def images(self, part: Part = "test") -> Images:
        """The images of the part, or of the only one of the set, as numbers."""
        chosen = self.part(part)
        x, y = self.parts[chosen]
        name = f"{self.name} {chosen}" if len(self.parts) > 1 else self.name
        return Images(as_numbers(x), y, name, self.classes, self.limits)

    @property
    def title(self) -> str:
        """Name, numbers of images, shape and classes, in one line."""
        counts = [(part, len(self.parts[part][0])) for part in PARTS if part in self.parts]
        parts = " + ".join(f"{count:,} {part}" if len(counts) > 1 else f"{count:,}" for part, count in counts)
        return f"{self.name}: {parts.replace(',', ' ')} of {shape_text(self.shape)}"

    @cached_property
    def key(self) -> str:
        """16 hexadecimal digits that identify the content, whatever the file's name."""
        digest = hashlib.blake2b(digest_size=8)
        digest.update(json.dumps([self.classes, self.limits, sorted(self.parts)]).encode())
        for part in sorted(self.parts):
            for array in self.parts[part]:
                digest.update(f"{array.dtype} {array.shape}".encode())
                digest.update(np.ascontiguousarray(array).data)
        return digest.hexdigest()

    def changed(self, change: Callable[[Stored], Stored]) -> OwnSet:
        """The set with another x and y in each part."""
        return replace(self, parts={part: change(stored) for part, stored in self.parts.items()})

    def named(self, name: str, classes: tuple[str, ...] | None = None) -> OwnSet:
        """The same images with another name and other class names."""
        return replace(self, name=name, classes=self.classes if classes is None else classes)
