"""A package, so that the files beside it can share what makes and serves small data sets."""
