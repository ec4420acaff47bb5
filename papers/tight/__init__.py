"""The experiments of the ICLR 2020 submission on tighter relaxations."""

from papers.experiment import Paper

TIGHT = Paper("tight", "Tight", "Improved Training of Certifiably Robust Models", "submission to ICLR 2020")
