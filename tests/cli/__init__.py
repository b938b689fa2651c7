"""A package, so that the files beside it can share what makes and serves tables and images."""
