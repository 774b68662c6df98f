"""What can be moved: levers, what they change and what they cost."""
