"""Files that hold only weights: which networks they may be, by names and shapes."""
