"""A study: prepare it, search, train the best with several seeds, test each once."""
