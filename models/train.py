"""`python -m models.train`: train a network from the command line (`models.training.command_line`)."""

from __future__ import annotations

import sys

from models.training.command_line import main

__all__ = ["main"]

if __name__ == "__main__":
    sys.exit(main())
