"""What every visitor's kernel needs, loaded once: the fork server of :mod:`twinkit.apps.kernels` imports this."""

# ruff: noqa: E402  (the environment is set before what reads it)

from __future__ import annotations

import gc
import os

from setproctitle import getproctitle

getproctitle()  # finds the place of the title, which it no longer would once the environment has changed
os.environ.setdefault("MPLBACKEND", "module://matplotlib_inline.backend_inline")  # a kernel sets both before anything is imported
os.environ.setdefault("PYDEVD_DISABLE_FILE_VALIDATION", "1")

# nobody names these here: they are loaded for the kernels that are made from this process
import ipykernel.debugger
import ipykernel.kernelapp  # noqa: F401
import matplotlib_inline.backend_inline  # noqa: F401

import twinkit.page  # noqa: F401
from twinkit.chain.warm import is_warm, warm_up
from twinkit.question import questions

questions()
if is_warm():  # compiled steps are loaded; compiling them would keep the first visitor waiting
    warm_up()
gc.collect()
gc.freeze()  # kernels that collect garbage need not touch, and so copy, what is shared
