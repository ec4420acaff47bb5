"""The command `python -m papers`: see papers/command_line.py."""

import sys

from papers.command_line import main

if __name__ == "__main__":
    sys.exit(main())
