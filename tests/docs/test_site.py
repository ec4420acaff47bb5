"""`make docs`, less the notebooks, which `test_notebooks` runs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import geometry
from tests.docs.pages import ROOT


@pytest.mark.slow
def test_the_site_is_made_without_a_warning(tmp_path: Path):
    run = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", "-D", "nb_execution_mode=off"]
    done = subprocess.run([*run, str(ROOT / "docs"), str(tmp_path)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    reference = (tmp_path / "reference" / "geometry.html").read_text(encoding="utf-8")
    assert all(f'id="geometry.{name}"' in reference for name in geometry.__all__)
    regions = (tmp_path / "regions.html").read_text(encoding="utf-8")
    assert "arrangement of lines" in regions
    assert 'href="regions.html"' in (tmp_path / "architecture.html").read_text(encoding="utf-8")
