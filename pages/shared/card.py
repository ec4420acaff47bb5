"""CSS of the card around a verdict, in a colour."""

from __future__ import annotations

CARD = (
    "border-left:4px solid {colour};padding:.55rem .8rem;border-radius:6px;"
    "background:color-mix(in srgb,{colour} 9%,transparent);line-height:1.45"
)
