"""Linear regions around one point: lower bounds on how far they are, and where in them the class is lost."""
