"""What really happened: recorded events, and their replay on a chain of one's own."""
