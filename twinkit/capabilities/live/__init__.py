"""The live twin: readings, what they say of the present, and where it is heading."""
