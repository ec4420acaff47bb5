"""Lookup of single values of the session's state, without a copy of all of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable

    from streamlit.runtime.state import SafeSessionState

FetchAll: TypeAlias = "Callable[[SafeSessionState], dict[str, Any]]"


def fetch_values_when_asked() -> None:
    """Let Streamlit fetch the values of a session one by one.

    A select box, a number input or a text input fetches all values of the session to check whether its own is None.
    With 77 values that took 1.5 ms for each such control, a tenth of a run of Explore's script.
    """
    from streamlit.runtime.state import SafeSessionState

    filtered_state = SafeSessionState.filtered_state
    assert isinstance(filtered_state, property) and filtered_state.fget is not None
    fetch_all = filtered_state.fget
    SafeSessionState.filtered_state = property(lambda state: _Values(state, fetch_all))


class _Values(Mapping[str, Any]):
    """The values of a session by key. It behaves like Streamlit's dictionary of them."""

    def __init__(self, state: SafeSessionState, fetch_all: FetchAll) -> None:
        self._state, self._fetch_all = state, fetch_all

    def __getitem__(self, key: str) -> Any:
        from streamlit.runtime.state.common import is_element_id
        from streamlit.runtime.state.session_state import _is_internal_key

        if is_element_id(key) or _is_internal_key(key):
            return self._fetch_all(self._state)[key]
        with self._state._lock:
            return self._state._state[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._fetch_all(self._state))

    def __len__(self) -> int:
        return len(self._fetch_all(self._state))

    def __str__(self) -> str:
        return str(self._fetch_all(self._state))
