"""Models whose epochs are compiled, and a cache of them for trials alike."""
