"""The Papers page: the papers' tables and figures, their numbers beside ours."""
