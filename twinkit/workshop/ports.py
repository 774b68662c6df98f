"""Where a workshop listens, and the address that others see."""

from __future__ import annotations

import socket

from twinkit.workshop.log import WorkshopError

FIRST_PORT, PORTS_TRIED = 8900, 50


def take_port(host: str, port: int | None, last: int | None = None) -> socket.socket:
    """A listening socket on `port`; without one on the last one, or on the first free one from 8900.

    Pages that are open look for their server where it was, so a restart stays there if it can.

    Raises
    ------
    WorkshopError
        If the port is in use, or none is free.
    """
    if port is not None and not 0 <= port <= 65535:
        raise WorkshopError(f"The workshop cannot listen on port {port}: a port is a number from 1 to 65535.")
    refusal = ""
    free = [*filter(None, [last]), *range(FIRST_PORT, FIRST_PORT + PORTS_TRIED)]
    for number in [port] if port is not None else free:
        try:
            taken = socket.create_server((host, number), backlog=128)
        except OSError as error:
            refusal = error.strerror or str(error)
            continue
        taken.setblocking(False)
        return taken
    which = f"port {port}" if port is not None else f"any port from {FIRST_PORT}"
    raise WorkshopError(f"The workshop cannot listen on {which}: {refusal}.")


def address_of(public: bool, port: int) -> str:
    """Address that players open."""
    return f"http://{own_address() if public else 'localhost'}:{port}/"


def own_address() -> str:
    """Address of this computer in its network, as others see it; nothing is sent to find it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # an address for documentation: no packet leaves
            return str(probe.getsockname()[0])
        except OSError:
            return socket.gethostname()
