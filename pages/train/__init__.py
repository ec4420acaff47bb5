"""Train: watch the regions grow, under one to three objectives side by side."""
