"""The log file: what went wrong, in full, while people read one sentence."""

from __future__ import annotations

import datetime
import logging
import os
import re
import tempfile
import traceback
from pathlib import Path

from twinkit.content import state_folder


def log_path() -> Path:
    """File that errors are written to; ``TWINKIT_LOG`` names another one."""
    if given := os.environ.get("TWINKIT_LOG"):
        return Path(given)
    return (state_folder() or Path(tempfile.gettempdir())) / "twinkit.log"


def write_error(error: BaseException) -> Path:
    """Append an error with its traceback to the log file; returns the file."""
    path = log_path()
    with path.open("a", encoding="utf-8") as file:
        file.write(f"{datetime.datetime.now():%Y-%m-%d %H:%M:%S}\n")
        file.writelines(traceback.format_exception(error))
    return path


class NoKeys(logging.Formatter):
    """For the file: everything but tokens, which an address of a request may hold."""

    def format(self, record: logging.LogRecord) -> str:
        return re.sub(r"(?i)(token=)[^&\s\"']+", r"\1…", super().format(record))


class OneSentence(logging.Formatter):
    """For the terminal: what failed in a sentence, and where the rest is."""

    def format(self, record: logging.LogRecord) -> str:
        error = record.exc_info[1] if record.exc_info else None
        if error is None:
            return record.getMessage().splitlines()[0][:300]
        kind = getattr(error, "ename", type(error).__name__)
        said = (str(getattr(error, "evalue", error)).splitlines() or [""])[0][:300]
        what = "A page could not be built" if "executing cell" in record.getMessage() else "The server failed"
        return f"{what}: {kind}: {said} (more in {log_path()})"


def logging_config(logger: str, debug: bool) -> dict:
    """Setting of the logging module for the server: all to the file, errors to the terminal."""
    names = [logger, "tornado", "asyncio"]
    terminal = {"class": "logging.StreamHandler", "level": "WARNING", "formatter": "full"}
    if not debug:
        terminal |= {"level": "ERROR", "formatter": "sentence"}
    file = {
        "class": "logging.handlers.RotatingFileHandler",
        "filename": str(log_path()),
        "maxBytes": 2_000_000,
        "backupCount": 1,
        "encoding": "utf-8",
        "delay": True,
        "level": "DEBUG" if debug else "INFO",
        "formatter": "full",
    }
    return {
        "formatters": {
            "sentence": {"()": f"{__name__}.{OneSentence.__name__}"},
            "full": {"()": f"{__name__}.{NoKeys.__name__}", "format": "%(asctime)s %(levelname)s %(name)s: %(message)s"},
        },
        "handlers": {"terminal": terminal, "file": file},
        "loggers": {
            **{name: {"level": "INFO", "handlers": ["terminal", "file"]} for name in names},
            "tornado.access": {"level": "WARNING"},
        },
    }
