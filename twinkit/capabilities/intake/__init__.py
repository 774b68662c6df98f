"""Intake: from the extracts of a company's own systems to a checked case that knows where its numbers come from."""

from twinkit.tables import provenance  # noqa: F401  (registers the table of sources)
