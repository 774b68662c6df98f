"""The day of the automotive case as one loop, as a specialist would write it for that case alone.

It is the bound that the benchmark holds the chain against, and does nothing else: no
events, no switches, no histories; orders after demand, fractions of units, shares, one
rank of customers.  Same draws, same totals as the chain (a test holds both equal).

Worlds are done in tiles of ``width``: all numbers of a row stand side by side, `width`
worlds wide, and the width is known to the compiler.  Width 1 is worlds outermost.
"""

from __future__ import annotations

from functools import cache

import numba
import numpy as np

from twinkit.bench.fused_asking import asking_parts
from twinkit.bench.fused_goods import goods_parts
from twinkit.bench.fused_layout import part as fast


@cache
def fused_run(width: int):
    """The compiled run for tiles of `width` worlds: ``run(inputs, first, replications, periods, warm_up)``.

    Nothing is allocated in the loop, so numba is told not to count references: that
    alone makes it several times as fast.
    """
    W, whole = np.uint64(width), np.uint64
    demand, orders = asking_parts(width)
    receive, produce, serve, account = goods_parts(width)

    @fast
    def spread_out(block, start):
        for row in range(start.shape[0]):
            for c in range(start.shape[1]):
                at = whole(row * start.shape[1] + c) * W
                for r in range(W):
                    block[at + r] = start[row, c]

    @fast
    def collect(total, block, first_row, first_column, columns, tile):
        for c in range(total.shape[0]):
            for row in range(total.shape[1]):
                at = whole((first_row + row) * columns + first_column + c) * W
                for r in range(min(int(W), total.shape[2] - tile)):
                    total[c, row, tile + r] = block[at + whole(r)]

    @fast
    def clear(block, first_column, columns):
        for i in range(len(block)):
            if i // int(W) % columns >= first_column:
                block[i] = 0.0

    @numba.njit(error_model="numpy", nogil=True, _nrt=False)
    def run(p, room, first, replications, periods, warm_up):
        S, K, M, pipe, work, past, u, v = room
        for tile in range(0, replications, width):
            spread_out(S, p.stock)
            spread_out(K, p.claim)
            spread_out(M, p.recipe)
            spread_out(pipe, p.pipe)
            spread_out(work, p.work)
            spread_out(past, p.past)
            world = whole(first + tile)
            for t in range(periods):
                if t == warm_up:
                    clear(S, 10, 20)
                    clear(K, 5, 10)
                    clear(M, 2, 4)
                demand(p, S, K, t, world, u)
                orders(p, S, K, M, past, t, u)
                for wave in range(len(p.wave_at) - 1):
                    a, b = p.wave_at[wave], p.wave_at[wave + 1]
                    receive(p, S, K, M, pipe, work, t, a, b)
                    for g in range(p.group_at[wave, 0], p.group_at[wave, 1]):
                        produce(p, S, M, work, t, p.group_at[g, 2], p.group_at[g, 3], u, v)
                    serve(p, S, K, pipe, t, world, a, b, u, v)
                account(p, S)
            collect(p.total_stock, S, 0, 10, 20, tile)
            collect(p.total_lane, K, 0, 5, 10, tile)
            collect(p.total_recipe, M, 0, 2, 4, tile)
            collect(p.total_market, K, len(p.origin), 5, 10, tile)

    def run_with_room(p, first, replications, periods, warm_up):
        sizes = (p.stock.size, p.claim.size, p.recipe.size, p.pipe.size, p.work.size, p.past.size, 1, 1)
        run(p, tuple(np.empty(n * width) for n in sizes), first, replications, periods, warm_up)

    run_with_room.run = run
    return run_with_room
