"""The capabilities that come with twinkit: a module or a package each, which tells :mod:`twinkit.rooms` what it brings."""
