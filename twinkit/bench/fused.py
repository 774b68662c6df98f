"""The day of the automotive case as one loop, as a specialist would write it for that case alone.

It is the bound that the benchmark holds the chain against, and does nothing else: no
events, no switches, no histories; orders after demand, fractions of units, shares, one
rank of customers.  Same draws, same totals as the chain (a test holds both equal).

Worlds are done in tiles of ``width``: all numbers of a row stand side by side, `width`
worlds wide, and the width is known to the compiler.  Width 1 is worlds outermost.
"""

from __future__ import annotations

import math
from collections import namedtuple
from functools import cache

import numba
import numpy as np

from twinkit.chain.chance import FIXED, LOGNORMAL, NORMAL, UNIFORM, count_quantile, draw_value, normal_quantile, uniform
from twinkit.chain.layout import BASE_STOCK, DAYS_OF_COVER, ON_DEMAND, R_Q, S_S, UNLIMITED
from twinkit.chain.lead_times import periods_at
from twinkit.rules import DUST

STOCK = ("on_hand", "backlog", "required", "on_order", "incoming", "ordered", "received", "forecast", "short", "lost",
         "t_on_hand", "t_backlog", "t_received", "t_in_stock", "t_cycles", "t_clean",
         "t_ordered", "t_ordered_sq", "t_incoming", "t_incoming_sq")  # fmt: skip
CLAIM = ("backlog", "sent", "asked", "in_transit", "latest", "t0", "t1", "t2", "t3", "t4")
RECIPE = ("to_make", "wish", "t_started", "t_finished")
PARTS = (
    # numbers of stocks: first of each column of the state, and what the policies read
    "stock", "claim", "recipe", "pipe", "work", "past", "policy", "level", "point", "quantity", "cover", "safety",
    "rate", "past_at",
    # who supplies whom
    "down_up", "up_down", "wave_at", "sources_at", "sources_of", "fraction", "claims_at", "claims_of",
    "parts_at", "parts_of", "parts_qty", "contested", "users_at", "users_of", "users_qty", "groups", "group_at",
    # lanes, recipes, markets
    "pipe_at", "origin", "capacity", "lead", "floor", "lead_key", "lead_at", "lead_table", "early",
    "work_at", "make_lead", "make_yield", "make_capacity", "made",
    "demand_key", "kind", "mean", "spread", "lost_share", "sold", "cdf_at", "cdf",
    "total_stock", "total_lane", "total_recipe", "total_market",
)  # fmt: skip
Inputs = namedtuple("Inputs", PARTS)
"""State at the start (one world) and the numbers of the case."""


@cache
def fused_run(width: int):
    """The compiled run for tiles of `width` worlds: ``run(inputs, first, replications, periods, warm_up)``."""
    # unsigned, so that no index is tested for being negative
    W, SW, KW, MW = (np.uint64(n * width) for n in (1, len(STOCK), len(CLAIM), len(RECIPE)))
    places = tuple(np.uint64(i * width) for i in range(len(STOCK)))
    OH, BL, RQ, OO, INC, ORD, REC, FC, SH, LO, T0, T1, T2, T3, T4, T5, T6, T7, T8, T9 = places
    CB, CS, CA, CT, CLA, C0, C1, C2, C3, C4 = places[:10]
    MK, WI, MS, MF = places[:4]
    whole = np.uint64
    fast = numba.njit(error_model="numpy", nogil=True, inline="always")

    @fast
    def uniforms(key, t, first, u):
        for r in range(W):
            u[r] = uniform(key, t, first + r, 0)

    @fast
    def normals(u, mean, spread):
        for r in range(W):
            u[r] = max(0.0, mean + spread * normal_quantile(u[r]))

    @fast
    def draw(p, m, t, u):
        kind, mean, spread = p.kind[m], p.mean[m, t], p.spread[m, t]
        if kind == NORMAL:
            normals(u, mean, spread)
        elif kind == FIXED or kind == LOGNORMAL or kind == UNIFORM:
            for r in range(W):
                u[r] = draw_value(kind, mean, spread, u[r])
        else:
            table = p.cdf[p.cdf_at[m, t] : p.cdf_at[m, t + 1]]
            n = len(table)
            for r in range(W):
                if n > 0 and u[r] <= table[n - 1]:
                    u[r] = np.searchsorted(table, u[r])
                else:
                    u[r] = count_quantile(u[r], mean, spread * spread)

    @fast
    def demand(p, S, K, t, first, u):
        n_lanes = len(p.origin)
        for m in range(len(p.kind)):
            s, k = whole(p.sold[m]) * SW, whole(n_lanes + m) * KW
            uniforms(p.demand_key[m], t, first, u)
            draw(p, m, t, u)
            for r in range(W):
                x = u[r]
                K[k + CA + r] = x
                K[k + CB + r] += x
                K[k + C0 + r] += x
                S[s + BL + r] += x
                S[s + INC + r] += x

    @fast
    def orders(p, S, K, M, past, t):
        for i in range(len(p.down_up)):
            row = p.down_up[i]
            s, policy, safety = whole(row) * SW, p.policy[row], p.safety[row]
            j, end = p.sources_at[row], p.sources_at[row + 1]
            if policy == DAYS_OF_COVER:
                n = p.past_at[row, 1]
                if n > 0:
                    slot = whole(p.past_at[row, 0] + t % n) * W
                    for r in range(W):
                        S[s + FC + r] += (S[s + INC + r] - past[slot + r]) / n
                        past[slot + r] = S[s + INC + r]
                cover = p.cover[row]
                for r in range(W):
                    ip = S[s + OH + r] + S[s + OO + r] - S[s + BL + r] - S[s + RQ + r]
                    S[s + ORD + r] = max(S[s + FC + r] * cover + safety - ip, 0.0)
            elif policy == BASE_STOCK or policy == ON_DEMAND:
                level = p.level[row]
                for r in range(W):
                    S[s + ORD + r] = max(level - (S[s + OH + r] + S[s + OO + r] - S[s + BL + r] - S[s + RQ + r]), 0.0)
            elif policy == S_S or policy == R_Q:
                level, point, quantity = p.level[row], p.point[row], p.quantity[row]
                for r in range(W):
                    ip = S[s + OH + r] + S[s + OO + r] - S[s + BL + r] - S[s + RQ + r]
                    lot = max(level - ip, 0.0) if policy == S_S else quantity
                    S[s + ORD + r] = lot if ip <= point + DUST else 0.0
            else:
                continue
            for j in range(p.sources_at[row], end):
                source, fraction = p.sources_of[j], p.fraction[j]
                if source >= 0:
                    k, o = whole(source) * KW, whole(p.origin[source]) * SW
                    for r in range(W):
                        x = S[s + ORD + r] * fraction
                        S[s + OO + r] += x
                        K[k + CB + r] += x
                        K[k + C3 + r] += x
                        S[o + BL + r] += x
                        S[o + INC + r] += x
                else:
                    make(p, S, M, s, -1 - source, fraction)

    @fast
    def make(p, S, M, s, n, fraction):
        m, good = whole(n) * MW, p.make_yield[n]
        for r in range(W):
            x = S[s + ORD + r] * fraction / good
            M[m + MK + r] += x
            S[s + OO + r] += x * good
        for j in range(p.parts_at[n], p.parts_at[n + 1]):
            c, per = whole(p.parts_of[j]) * SW, p.parts_qty[j] * fraction / good
            for r in range(W):
                S[c + RQ + r] += S[s + ORD + r] * per
                S[c + INC + r] += S[s + ORD + r] * per

    @fast
    def receive(p, S, K, M, pipe, work, t, a, b):
        for i in range(a, b):
            row = p.up_down[i]
            s = whole(row) * SW
            for j in range(p.sources_at[row], p.sources_at[row + 1]):
                source = p.sources_of[j]
                if source >= 0:
                    due = whole(p.pipe_at[source, 0] + t % p.pipe_at[source, 1]) * W
                    k, early = whole(source) * KW, p.early[source]
                    for r in range(W):
                        q = pipe[due + r]
                        pipe[due + r] = 0.0
                        K[k + CT + r] -= q
                        K[k + C2 + r] -= q * early
                        S[s + OO + r] -= q
                        S[s + OH + r] += q
                        S[s + REC + r] += q
                elif p.make_lead[-1 - source] > 0:
                    n = -1 - source
                    slot = whole(p.work_at[n, 0] + t % p.work_at[n, 1]) * W
                    finish(S, s, M, whole(n) * MW, work, slot, p.make_yield[n])

    @fast
    def finish(S, s, M, m, done, at, good):
        for r in range(W):
            x = done[at + r] * good
            done[at + r] = 0.0
            S[s + OO + r] -= x
            S[s + OH + r] += x
            S[s + REC + r] += x
            M[m + MF + r] += x

    @fast
    def produce(p, S, M, work, t, a, b, u, v):
        for i in range(a, b):
            n = p.groups[i]
            m, most = whole(n) * MW, p.make_capacity[n]
            for r in range(W):
                M[m + WI + r] = min(M[m + MK + r], most)
            for j in range(p.parts_at[n], p.parts_at[n + 1]):
                c, each = whole(p.parts_of[j]) * SW, 1.0 / p.parts_qty[j]
                for r in range(W):
                    M[m + WI + r] = min(M[m + WI + r], S[c + OH + r] * each)
        for i in range(a, b):
            n = p.groups[i]
            m, lead = whole(n) * MW, p.make_lead[n]
            for r in range(W):
                u[r] = 1.0
            for j in range(p.parts_at[n], p.parts_at[n + 1]):
                if p.contested[j]:
                    part = p.parts_of[j]
                    c = whole(part) * SW
                    for r in range(W):
                        v[r] = 0.0
                    for g in range(p.users_at[part], p.users_at[part + 1]):
                        o, qty = whole(p.users_of[g]) * MW, p.users_qty[g]
                        for r in range(W):
                            v[r] += M[o + WI + r] * qty
                    for r in range(W):
                        if v[r] > S[c + OH + r]:
                            u[r] = min(u[r], S[c + OH + r] / v[r])
            for r in range(W):
                u[r] *= M[m + WI + r]
                M[m + WI + r] = 0.0
                M[m + MK + r] -= u[r]
                M[m + MS + r] += u[r]
            for j in range(p.parts_at[n], p.parts_at[n + 1]):
                c, qty = whole(p.parts_of[j]) * SW, p.parts_qty[j]
                for r in range(W):
                    S[c + OH + r] = max(S[c + OH + r] - u[r] * qty, 0.0)
                    S[c + RQ + r] = max(S[c + RQ + r] - u[r] * qty, 0.0)
            if lead == 0:
                finish(S, whole(p.made[n]) * SW, M, m, u, whole(0), p.make_yield[n])
            else:
                slot = whole(p.work_at[n, 0] + (t + lead) % p.work_at[n, 1]) * W
                for r in range(W):
                    work[slot + r] += u[r]

    @fast
    def serve(p, S, K, pipe, t, first, a, b, u, v):
        n_lanes = len(p.origin)
        for i in range(a, b):
            row = p.up_down[i]
            j, end = p.claims_at[row], p.claims_at[row + 1]
            if j == end:
                continue
            s, endless = whole(row) * SW, p.policy[row] == UNLIMITED
            for r in range(W):
                v[r] = 0.0
            for j in range(p.claims_at[row], end):
                k, most = whole(p.claims_of[j]) * KW, p.capacity[p.claims_of[j]]
                for r in range(W):
                    K[k + CS + r] = min(K[k + CB + r], most)
                    v[r] += K[k + CS + r]
            if end == p.claims_at[row] + 1 and not endless:
                k = whole(p.claims_of[j]) * KW
                for r in range(W):
                    K[k + CS + r] = v[r] = min(v[r], S[s + OH + r])
            for r in range(W):
                v[r] = 1.0 if endless or v[r] <= S[s + OH + r] else S[s + OH + r] / v[r]
                S[s + BL + r] = 0.0
            for j in range(p.claims_at[row], end):
                c = p.claims_of[j]
                k = whole(c) * KW
                if c >= n_lanes:
                    sell(S, s, K, k, v, p.lost_share[c - n_lanes])
                    continue
                for r in range(W):
                    x = K[k + CS + r] * v[r]
                    K[k + CS + r] = x
                    K[k + CB + r] -= x
                    K[k + CT + r] += x
                    K[k + C0 + r] += x
                    K[k + C1 + r] += 1.0 if x > 0.0 else 0.0
                    K[k + C2 + r] += K[k + CT + r]
                    S[s + BL + r] += K[k + CB + r]
                if not endless:
                    for r in range(W):
                        S[s + OH + r] = max(S[s + OH + r] - K[k + CS + r], 0.0)
                leave(p, K, k, pipe, t, first, c, u)

    @fast
    def sell(S, s, K, k, v, share):
        for r in range(W):
            x = K[k + CS + r] * v[r]
            once = max(x - (K[k + CB + r] - K[k + CA + r]), 0.0)
            lost = min(share * (K[k + CA + r] - once), K[k + CB + r] - x)
            S[s + OH + r] = max(S[s + OH + r] - x, 0.0)
            K[k + CB + r] -= x + lost
            S[s + BL + r] += K[k + CB + r]
            S[s + LO + r] += lost
            K[k + C1 + r] += once
            K[k + C2 + r] += x
            K[k + C3 + r] += lost
            K[k + C4 + r] += K[k + CB + r]

    @fast
    def leave(p, K, k, pipe, t, first, lane, u):
        at, n = p.pipe_at[lane, 0], p.pipe_at[lane, 1]
        if p.lead_at[lane, 1] == 0:
            slot = whole(at + (t + p.lead[lane]) % n) * W
            for r in range(W):
                pipe[slot + r] += K[k + CS + r]
            return
        uniforms(p.lead_key[lane], t, first, u)
        table = p.lead_table[p.lead_at[lane, 0] : p.lead_at[lane, 0] + p.lead_at[lane, 1]]
        floor = p.floor[lane]
        for r in range(W):
            if K[k + CS + r] > 0.0:
                due = max(t + max(periods_at(table, u[r]), floor), int(K[k + CLA + r]))
                K[k + CLA + r] = due
                pipe[whole(at + due % n) * W + r] += K[k + CS + r]

    @fast
    def account(p, S):
        for row in range(len(p.rate)):
            s, rate = whole(row) * SW, p.rate[row]
            for r in range(W):
                came = 1.0 if S[s + REC + r] > 0.0 else 0.0
                x, y = S[s + ORD + r] - rate, S[s + INC + r] - rate
                S[s + T0 + r] += S[s + OH + r]
                S[s + T1 + r] += S[s + BL + r]
                S[s + T2 + r] += S[s + REC + r]
                S[s + T3 + r] += 1.0 if S[s + OH + r] > 0.0 else 0.0
                S[s + T4 + r] += came
                S[s + T5 + r] += came * (1.0 - S[s + SH + r])
                S[s + SH + r] = 1.0 if S[s + BL + r] + S[s + LO + r] > 0.0 else S[s + SH + r] * (1.0 - came)
                S[s + T6 + r] += x
                S[s + T7 + r] += x * x
                S[s + T8 + r] += y
                S[s + T9 + r] += y * y
                S[s + ORD + r] = S[s + INC + r] = S[s + REC + r] = S[s + LO + r] = 0.0

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
                orders(p, S, K, M, past, t)
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
