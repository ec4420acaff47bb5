"""Text in Markdown: what others wrote stays inert, and the project's own addresses can be copied."""

from __future__ import annotations

import re

import pytest

from models.data.images import IMAGE_SETS, missing
from pages.shared.plain import plain, plain_with_addresses

ADDRESS = re.compile(r"https?://[\w./~-]+\w")
WITH_ADDRESS = [name for name, images in IMAGE_SETS.items() if ADDRESS.search(images.upload)]


@pytest.mark.parametrize("name", WITH_ADDRESS)
def test_the_address_of_a_set_stays_whole(name: str) -> None:
    shown = plain_with_addresses(missing(name))
    assert ADDRESS.findall(shown) == ADDRESS.findall(missing(name)) != []


def test_an_address_that_someone_else_wrote_is_no_link() -> None:
    assert not ADDRESS.search(plain("see https://example.org/a_b"))


def test_everything_but_the_addresses_is_escaped() -> None:
    text = "*bold* :smile: [a](https://example.org/x)"
    assert plain_with_addresses(text).startswith(plain("*bold* :smile: [a]("))
