"""`python -m models.images`: list and download sets of images (`models.data.images`)."""

from __future__ import annotations

import sys

from models.data.images.__main__ import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
