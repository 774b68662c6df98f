"""Buttons that make files: the report, the tables, the pictures."""

from __future__ import annotations

import asyncio
import mimetypes
from collections.abc import Callable
from typing import Any

import traitlets as t

from twinkit.apps.kit.guard import Guard
from twinkit.apps.kit.parts import Part, script, style
from twinkit.tables import CaseError

MIMES = {
    "html": "text/html", "pdf": "application/pdf", "zip": "application/zip", "json": "application/json",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}  # fmt: skip


class Save(Part):
    """One button for each file that is on offer.

    Parameters
    ----------
    make
        Called with the name of an offer, in a thread beside the page; gives the bytes of the
        file.  A :class:`~twinkit.tables.CaseError` or a ``ValueError`` is shown as its sentence, another
        error goes to the log file.
    """

    _esm = script("deliver.js", "save.js")
    _css = style("form.css", "save.css")

    offers = t.List(help="[name, text of the button, name of the file] of each").tag(sync=True)
    label = t.Unicode(help="words before the buttons").tag(sync=True)
    why = t.Unicode(help="why nothing can be saved now; empty if it can").tag(sync=True)
    busy = t.Unicode(help="name of the offer that is being made").tag(sync=True)
    failure = t.Unicode(help="sentence about what went wrong").tag(sync=True)
    testid = t.Unicode("save", help="data-testid").tag(sync=True)

    def __init__(self, make: Callable[[str], bytes] | None = None, **traits: Any) -> None:
        super().__init__(**traits)
        self.make = make
        self._task: asyncio.Task | None = None
        self.on_msg(self._pressed)

    def _pressed(self, widget: Any, content: dict[str, Any], buffers: Any) -> None:
        name = content.get("press")
        known = any(offer[0] == name for offer in self.offers)
        if known and self.make is not None and not self.busy and not self.why:
            self._task = asyncio.get_running_loop().create_task(self.press(name))

    async def press(self, name: str) -> bool:
        """Make a file and hand it to the browser; whether that worked.

        Parameters
        ----------
        name
            Name of an offer.
        """
        file = next(offer[2] for offer in self.offers if offer[0] == name)
        self.busy, self.failure = name, ""
        guard = Guard()
        try:
            data = await asyncio.to_thread(self.make, name)
            self.deliver(file, data, mime_of(file))
        except CaseError as error:
            self.failure = " ".join(p.sentence for p in error.problems)
        except ValueError as error:
            self.failure = str(error)
        except Exception as error:
            guard.report(error)
            self.failure = f"{file} could not be made. {guard.message}"
        finally:
            self.busy = ""
        return not self.failure


def mime_of(file: str) -> str:
    """Media type of a file, by its ending.

    >>> mime_of("report.html"), mime_of("data.unknown")
    ('text/html', 'application/octet-stream')
    """
    ending = file.rsplit(".", 1)[-1].lower()
    return MIMES.get(ending) or mimetypes.guess_type(file)[0] or "application/octet-stream"
