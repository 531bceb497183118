"""One trial: build, train, measure. The only floor that speaks Keras."""
