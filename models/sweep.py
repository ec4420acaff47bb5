"""`python -m models.sweep`: a training for each value of an option (`models.training.sweep`)."""

from __future__ import annotations

import sys

from models.training.sweep import main

__all__ = ["main"]

if __name__ == "__main__":
    sys.exit(main())
