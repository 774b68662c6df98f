"""A wait that cannot last for ever: a repair for jupyter_client.

A notebook that runs under Voila, nbconvert or nbclient sometimes stops for good
("Executing 1 of 2"): while the client waits for a message on a socket without a
time limit, a send on the same socket can swallow the wake-up call.  Here such a
wait is made of short ones, so a lost wake-up costs half a second, not the page.
Reported as jupyter_client pull request 1010 and nbclient issue 312; to be
dropped when a release carries a repair.
"""

from __future__ import annotations

from queue import Empty

LOOK_EVERY = 0.5
"""Longest single wait [s]."""


def apply() -> None:
    """Repair the channels of this process; a second call does nothing."""
    from jupyter_client.channels import AsyncZMQSocketChannel

    original = AsyncZMQSocketChannel.get_msg
    if getattr(original, "patient", False):
        return

    async def get_msg(self, timeout=None):
        if timeout is not None:
            return await original(self, timeout)
        while True:
            try:
                return await original(self, LOOK_EVERY)
            except Empty:
                continue

    get_msg.patient = True
    AsyncZMQSocketChannel.get_msg = get_msg
