"""The live twin as a service: readings come in over HTTP, and a page shows what is happening."""
