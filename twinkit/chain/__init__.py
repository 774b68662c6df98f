"""The Mesa model and its compiled day."""

from importlib import import_module
from threading import Thread

# Mesa asks who calls for each of its loggers, and looks through all callers and all modules for the answer: deep within
# the imports of a page that takes as long as the rest of Mesa.  A thread has no callers.
_importing = Thread(target=import_module, args=("mesa",))
_importing.start()
_importing.join()
