"""The repairs of Jupyter: a wait without a limit survives a lost wake-up, grammars are built when they are used."""

from __future__ import annotations

import asyncio
import subprocess
import sys

import pytest
from jupyter_client.channels import AsyncZMQSocketChannel

from twinkit.apps import nbpatch


class Socket:
    """A socket that is silent for the first looks."""

    def __init__(self, silent_looks: int) -> None:
        self.silent_looks = silent_looks
        self.waits: list[float | None] = []

    async def poll(self, timeout: float | None) -> int:
        self.waits.append(timeout)
        return int(len(self.waits) > self.silent_looks)


@pytest.fixture
def channel():
    """A channel whose socket says nothing at the first two looks."""
    nbpatch.apply()
    channel = AsyncZMQSocketChannel.__new__(AsyncZMQSocketChannel)
    channel.socket = Socket(silent_looks=2)

    async def receive(**kwargs):
        return {"content": "at last"}

    channel._recv = receive
    return channel


def test_a_wait_without_a_limit_looks_again(channel):
    assert asyncio.run(channel.get_msg()) == {"content": "at last"}
    assert channel.socket.waits == [nbpatch.LOOK_EVERY * 1000] * 3


def test_a_wait_with_a_limit_is_left_alone(channel):
    with pytest.raises(nbpatch.Empty):
        asyncio.run(channel.get_msg(timeout=2))
    assert channel.socket.waits == [2000]


def test_it_is_applied_once():
    nbpatch.apply()
    first = AsyncZMQSocketChannel.get_msg
    nbpatch.apply()
    assert AsyncZMQSocketChannel.get_msg is first


def test_grammars_are_built_when_an_address_is_checked():
    """In a process of its own, as the server is; what is found is what the module itself finds."""
    program = """
import sys
from twinkit.apps import nbpatch
nbpatch.apply()
import twinkit.apps.server
from jsonschema import FormatChecker
assert "lark" not in sys.modules
known = FormatChecker()
for kind, text, right in (("iri", "http://bücher.example/a", True), ("iri", "no address", False), ("iri-reference", "a/ü", True)):
    assert known.conforms(text, kind) == right, text
from rfc3987_syntax import is_valid_syntax
assert is_valid_syntax.__module__ == "rfc3987_syntax.syntax_helpers" and is_valid_syntax("iri", "http://a.example")
"""
    pytest.importorskip("rfc3987_syntax")
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
