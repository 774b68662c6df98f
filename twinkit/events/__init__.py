"""What may happen, in plain words and as a form; and what really happened, replayed on a chain of one's own."""
