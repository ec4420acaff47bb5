"""Work that outlives a run of the page: places, queue, priority, stopping and exit (see the README)."""
