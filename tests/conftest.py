"""What all tests share: how examples are drawn, and how processes share the tests out."""

from __future__ import annotations

import os
import sys
from collections.abc import Generator, Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

SLOW = (HealthCheck.too_slow,)  # a busy machine, and no fault of the code
# The same examples every time, so that a run tells about the code and not about luck; `--hypothesis-profile search`
# draws new ones.
settings.register_profile("repeatable", deadline=None, derandomize=True, suppress_health_check=SLOW)
settings.register_profile("search", deadline=None, suppress_health_check=SLOW)
settings.load_profile("repeatable")
MAIN = sys.modules["__main__"]


@pytest.fixture(autouse=True)
def no_page_stays_the_main_module() -> Iterator[None]:
    """Streamlit puts each script that it runs in the place of `__main__`, and processes begun later would run that."""
    yield
    sys.modules["__main__"] = MAIN


@pytest.hookimpl(optionalhook=True, wrapper=True)
def pytest_xdist_auto_num_workers() -> Generator[None, int, int]:
    """How many processes `-n auto` means."""
    cores = yield
    return cores if "PYTEST_XDIST_AUTO_NUM_WORKERS" in os.environ else cores + 1  # some wait for their browser


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """For `--dist loadfile`; any other is what its name says."""
    if config.getvalue("dist") != "loadfile":
        return None
    from tests.distribution import BrowsersFirst  # xdist need not be there

    return BrowsersFirst(config, log)
