"""File formats of networks. Each reader returns an architecture with its weights, or bare weights."""
