"""How a computation runs: it can be cancelled, takes its share of cores and memory, and caches what it has computed."""
