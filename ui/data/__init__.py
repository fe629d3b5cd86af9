"""The Data page: data sets to look at, to draw and to import."""
