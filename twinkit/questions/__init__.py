"""The questions that come with twinkit: a module each, named after its key."""
