"""The pages of the documentation."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).parents[2]
HIDDEN = {".venv", ".git", "_build", "node_modules", ".pytest_cache", "data", "runs"}
PAGES = sorted(path for path in ROOT.rglob("*.md") if not HIDDEN & set(path.relative_to(ROOT).parts))
NOTEBOOKS = sorted((ROOT / "docs" / "notebooks").glob("*.ipynb"))
