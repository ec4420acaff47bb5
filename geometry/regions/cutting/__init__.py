"""One layer cuts all cells of a subdivision at once."""
