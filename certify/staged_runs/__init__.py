"""Runs over a test set in stages, on one machine or many, that can be stopped and resumed."""
