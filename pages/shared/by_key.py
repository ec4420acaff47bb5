"""Cache keys: caches identify a network, a plane or a set of points by the `key` of its content.

    @st.cache_resource(hash_funcs=BY_KEY)
    def distances_of(network: Network, data: Dataset) -> Distances: ...

`session_resource` does so by itself. No key is put together by hand: everything that a result depends on is an
argument.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from geometry import Network, Plane
from models import Images
from models.data.images import OwnSet
from models.data.toy import Dataset


def by_key(value: object) -> Any:
    """A value's `key`, which identifies its content; the value itself if it has none."""
    return getattr(value, "key", value)


HashFuncs = dict[str | type[Any], Callable[[Any], Any]]  # Streamlit's type
BY_KEY: HashFuncs = dict.fromkeys((Network, Plane, Dataset, Images, OwnSet), by_key)
