"""The day on a graphics card: the same steps, compiled by numba-cuda, one world for each thread.

The arrays of a :class:`~twinkit.chain.layout.World` lie on the card with the worlds side by
side, so threads that stand beside each other read numbers that do.  A step sees the world of
its thread alone: every array that has an axis of worlds ends with an axis of length 1, and
``w.size`` is the thread's own, with the address of its world in ``SZ.first``.

This module is imported only where numba-cuda is installed (:mod:`twinkit.run.card`).  With
``NUMBA_ENABLE_CUDASIM=1`` and ``NUMBA_DISABLE_JIT=1`` it runs on numba-cuda's simulator, as
plain Python.
"""

from __future__ import annotations

import ctypes
import operator
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numba import cuda
from numba.core import config

from twinkit.chain.compiled import compiled_for_card
from twinkit.chain.day import Day, live
from twinkit.chain.layout import BY_WORLD, SZ, World
from twinkit.chain.plan import Plan, plan_of
from twinkit.chain.records import Series
from twinkit.chain.warm import smallest
from twinkit.chain.world import build_world, occurrences

ENTRIES = 4
"""Numbers that describe an array on the card: its address and at most three lengths."""
OWN = "size"
"""The array without an axis of worlds of which every world has a copy of its own."""


def _kinds() -> dict[str, tuple[str, int]]:
    """Type of number and number of axes of every array of a world."""
    world = build_world(plan_of(smallest()), 0, 1, 0, [])
    return {name: (array.dtype.name, array.ndim) for name, array in world._asdict().items()}


KINDS = _kinds()


def _view(name: str, lengths: Sequence[Any], item: Any, worlds: Any, one: Any, times: Callable) -> tuple[list, list]:
    """Lengths and strides [bytes] of an array as the thread of a world sees it; `times` multiplies."""
    if name == OWN:
        return [lengths[0]], [times(item, worlds)]
    by_world = name in BY_WORLD
    strides, step = [item], times(item, worlds) if by_world else item
    shape = [*lengths[:-1], one] if by_world else list(lengths)
    for length in reversed(shape[:-1] if by_world else shape[1:]):
        if not by_world:
            step = times(step, length)
        strides.insert(0, step)
        if by_world:
            step = times(step, length)
    return shape, strides


if config.ENABLE_CUDASIM:

    def lent(arrays, world, worlds):
        """The world of a thread, from the description of all arrays; on the simulator."""
        found = {}
        for i, (name, (kind, axes)) in enumerate(KINDS.items()):
            address, *lengths = (int(n) for n in np.asarray(arrays[ENTRIES * i : ENTRIES * (i + 1)]))
            item = np.dtype(kind).itemsize
            shape, strides = _view(name, lengths[:axes], item, worlds, 1, operator.mul)
            mine = name in BY_WORLD or name == OWN
            if not address:
                found[name] = np.zeros(shape, kind)
                continue
            size = item * int(np.prod(lengths[:axes])) * (worlds if mine else 1)
            whole = (ctypes.c_char * size).from_address(address)
            offset = item * world if mine else 0
            found[name] = np.ndarray(shape, kind, whole, offset, strides)
        return World(**found)

else:
    from llvmlite import ir
    from numba.cuda import types
    from numba.cuda.cudadecl import registry as declarations
    from numba.cuda.cudaimpl import registry as implementations
    from numba.cuda.extending import intrinsic, models, register_model
    from numba.cuda.np import arrayobj, npyfuncs
    from numba.cuda.typing.templates import AttributeTemplate
    from numba.cuda.ufuncs import ufunc_db

    for rounding, code in ((np.floor, npyfuncs.np_real_floor_impl), (np.ceil, npyfuncs.np_real_ceil_impl)):
        ufunc_db().setdefault(rounding, {"f->f": code, "d->d": code})  # numba-cuda knows those of math only

    class _LentType(types.Type):
        """The world of a thread."""

        def __init__(self) -> None:
            super().__init__(name="lent world of a thread")

    _LENT = _LentType()
    _ARRAYS = {
        name: types.Array(getattr(types, kind), axes, "A" if name in BY_WORLD or name == OWN else "C")
        for name, (kind, axes) in KINDS.items()
    }

    @register_model(_LentType)
    class _LentModel(models.StructModel):
        def __init__(self, manager, kind):
            members = [("arrays", types.CPointer(types.uint64)), ("world", types.int64), ("worlds", types.int64)]
            super().__init__(manager, kind, members)

    @intrinsic
    def lent(typing, arrays, world, worlds):
        """The world of a thread, from the description of all arrays."""

        def code(context, builder, signature, args):
            made = context.make_helper(builder, _LENT)
            made.arrays = arrayobj.make_array(signature.args[0])(context, builder, value=args[0]).data
            made.world = context.cast(builder, args[1], signature.args[1], types.int64)
            made.worlds = context.cast(builder, args[2], signature.args[2], types.int64)
            return made._getvalue()

        return _LENT(arrays, world, worlds), code

    @declarations.register_attr
    class _LentFields(AttributeTemplate):
        key = _LentType

        def generic_resolve(self, lent, field):
            return _ARRAYS.get(field)

    @implementations.lower_getattr_generic(_LentType)
    def _lent_field(context, builder, kind, value, field):
        """An array of the world of a thread; its description never changes while a kernel runs."""
        world = context.make_helper(builder, kind, value=value)
        array, place, word = _ARRAYS[field], ENTRIES * World._fields.index(field), ir.IntType(64)
        fixed = builder.module.add_metadata([])

        def entry(i):
            loaded = builder.load(builder.gep(world.arrays, [ir.Constant(ir.IntType(32), place + i)]))
            loaded.set_metadata("invariant.load", fixed)
            return loaded

        element = context.get_data_type(array.dtype)
        item = ir.Constant(word, context.get_abi_sizeof(element))
        lengths = [entry(i + 1) for i in range(array.ndim)]
        shape, strides = _view(field, lengths, item, world.worlds, ir.Constant(word, 1), builder.mul)
        address = entry(0)
        if array.layout == "A":
            address = builder.add(address, builder.mul(world.world, item))
        data = builder.inttoptr(address, ir.PointerType(element, addrspace=1))
        made = arrayobj.make_array(array)(context, builder)
        arrayobj.populate_array(
            made, data=builder.addrspacecast(data, ir.PointerType(element)), shape=shape, strides=strides,
            itemsize=item, meminfo=None,
        )  # fmt: skip
        return made._getvalue()


@compiled_for_card
def advance(arrays, worlds, start, end, codes, groups):
    """Run the worlds on the card from start to end (without end), one in each thread."""
    r = cuda.grid(1)
    if r < worlds:
        live(lent(arrays, r, worlds), start, end, codes, groups)


@compiled_for_card
def spread(source, target):
    """Give every world the same numbers: source has shape (rows,), target (rows, worlds)."""
    r = cuda.grid(1)
    if r < target.shape[1]:
        for i in range(target.shape[0]):
            target[i, r] = source[i]


@compiled_for_card
def cut(source, first, target):
    """Copy the worlds from `first` on, as many as the target has; both have shape (rows, worlds)."""
    r = cuda.grid(1)
    if r < target.shape[1]:
        for i in range(target.shape[0]):
            target[i, r] = source[i, first + r]


THREADS = 64
"""Worlds of a block: few, so that a small batch keeps all of the card busy."""
PERIODS = 16
"""Periods of a launch: between two of them a study may be cancelled."""


def world_bytes(one: World) -> int:
    """Room that a world takes on the card, from the arrays of one world [bytes]."""
    return sum(array.nbytes for name, array in one._asdict().items() if name in BY_WORLD or name == OWN)


class CardRun:
    """A run of many worlds on the card.

    Parameters
    ----------
    plan
        The case made ready.
    seed, worlds, first
        Seed of all chance, number of worlds and number of the first of them.
    record
        Histories to keep; none that is a mean over the worlds.
    """

    def __init__(self, plan: Plan, seed: int, worlds: int, first: int, record: Sequence[Series]) -> None:
        self.plan, self.worlds, self.record = plan, worlds, list(record)
        self.one = build_world(plan, seed, 1, first, record)
        self._blocks = -(-worlds // THREADS)
        events = occurrences(plan, seed, worlds, first)
        self._arrays = {name: self._sent(name, array, events) for name, array in self.one._asdict().items()}
        self._described = cuda.to_device(self._description())

    def _sent(self, name: str, array: np.ndarray, events: dict[str, np.ndarray]) -> Any:
        """An array on the card; None if it is empty."""
        array = np.ascontiguousarray(events.get(name, array))
        if not array.size:
            return None
        if name == OWN:
            array = np.repeat(array[:, None], self.worlds, axis=1)
            array[SZ.first] += np.arange(self.worlds)
        elif name in BY_WORLD and name not in events:
            target = cuda.device_array((array.size, self.worlds), array.dtype)
            spread[self._blocks, THREADS](cuda.to_device(array.reshape(-1)), target)
            return target
        return cuda.to_device(array)

    def _description(self) -> np.ndarray:
        """Address and lengths of every array."""
        words = np.zeros((len(World._fields), ENTRIES), np.uint64)
        for i, name in enumerate(World._fields):
            there, here = self._arrays[name], getattr(self.one, name)
            words[i, 0] = 0 if there is None else _address(there)
            words[i, 1 : 1 + here.ndim] = here.shape
        return words.reshape(-1)

    def run(self, stopped: Callable[[], bool] = lambda: False) -> CardRun:
        """Run to the end, unless it is stopped on the way."""
        codes, groups = (cuda.to_device(x) for x in Day(self.plan.case.settings["day"]).codes())
        for start in range(0, self.plan.periods, PERIODS):
            end = min(start + PERIODS, self.plan.periods)
            advance[self._blocks, THREADS](self._described, self.worlds, start, end, codes, groups)
            cuda.synchronize()
            if stopped():
                break
        return self

    def fetched(self, name: str, first: int = 0, worlds: int | None = None) -> np.ndarray:
        """An array that ends with the axis of worlds, for some of the worlds."""
        worlds = self.worlds - first if worlds is None else worlds
        shape, there = (*getattr(self.one, name).shape[:-1], worlds), self._arrays[name]
        if there is None:
            return np.zeros(shape)
        part = cuda.device_array((there.shape[0], worlds), there.dtype)
        cut[-(-worlds // THREADS), THREADS](there, first, part)
        return part.copy_to_host().reshape(shape)

    def histories(self, first: int, worlds: int) -> dict[str, np.ndarray]:
        """Histories by name, shape (lines, periods, worlds)."""
        kept, at, found = self.fetched("record", first, worlds), 0, {}
        for series in self.record:
            found[series.name] = kept[at : at + len(series.labels)]
            at += len(series.labels)
        return found


def _address(array: Any) -> int:
    """Where an array lies on the card."""
    if config.ENABLE_CUDASIM:
        return array._ary.ctypes.data
    return array.__cuda_array_interface__["data"][0]


def free_bytes() -> int:
    """Memory of the card that nobody uses [bytes]."""
    return int(min(cuda.current_context().get_memory_info()[0], 2**62))  # the simulator has no end of it


def name_of_card() -> str:
    """Name of the card, as its maker gives it."""
    name = cuda.get_current_device().name
    return name.decode() if isinstance(name, bytes) else str(name)

