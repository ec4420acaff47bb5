"""The gallery's networks and what their cards say of them, as a Markdown table: python -m models.gallery"""

from __future__ import annotations

from typing import Any

from models.gallery import gallery, gallery_title, load_shipped


def percent(share: float | None) -> str:
    return "–" if share is None else f"{100 * share:.2f} %"


def main() -> None:
    """Errors on the test set; robust errors, from below and above, on its first so many points, as the card says."""
    print("| network | epochs | test error | PGD error | not proved | d_D ≤ d_B | mean d_B | ε |")
    print("|---|---|---|---|---|---|---|---|")
    for name in gallery():
        card = load_shipped(name).card
        robust: dict[str, Any] = card.robustness or {}
        cells = [
            gallery_title(name),
            str(card.training.get("epochs", "–")),
            percent(card.clean_error),
            percent(robust.get("pgd_error")),
            percent(robust.get("certified_error")),
            percent(robust.get("optimal")),
            f"{robust['mean_d_B']:.2g}" if "mean_d_B" in robust else "–",
            f"{robust['eps']:g}" if "eps" in robust else "–",
        ]
        print(f"| {' | '.join(cells)} |")


if __name__ == "__main__":
    main()
