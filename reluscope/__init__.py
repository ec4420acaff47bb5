"""The command `reluscope`. As a library, ReLUscope is used in a clone: `geometry`, `certify`, `models`."""

__version__ = "0.1.0"
