"""Threads of trainings, and which of them computes when."""
