"""A control that looks at its own value does not fetch every value of the session."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from streamlit.runtime.state import SafeSessionState


def fetch_values_when_asked() -> None:
    """Let Streamlit fetch the values of a session one by one.

    A select box, a number or a text asks for all values of the session, to see whether its own is None. With 77 values
    that took 1.5 ms for each, a tenth of a run of Explore's script.
    """
    from streamlit.runtime.state import SafeSessionState

    whole = SafeSessionState.filtered_state
    assert isinstance(whole, property) and whole.fget is not None
    fetch_all = whole.fget
    SafeSessionState.filtered_state = property(lambda state: _Values(state, fetch_all))


class _Values(Mapping[str, Any]):
    """The values of a session by key, as Streamlit's own dictionary of them."""

    def __init__(self, state: SafeSessionState, fetch_all: Any) -> None:
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
