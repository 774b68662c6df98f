"""Views of one run for several disciplines."""
