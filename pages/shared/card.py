"""The card that says a verdict, in the colour of what it says."""

from __future__ import annotations

CARD = (
    "border-left:4px solid {colour};padding:.55rem .8rem;border-radius:6px;"
    "background:color-mix(in srgb,{colour} 9%,transparent);line-height:1.45"
)
