"""Work that outlives a run of the page: who computes when, what is known so far, and when it ends."""
