"""Properties of networks in VNN-LIB: their reader, their decision, and the words for it."""
