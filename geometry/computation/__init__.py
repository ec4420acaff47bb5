"""Cancellation, processor cores, the memory budget and cached properties."""
