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
    W = width
    OH, BL, RQ, OO, INC, ORD, REC, FC, SH, LO = (i * W for i in range(10))
    T0 = 10 * W
    CB, CS, CA, CT, CLA, C0, C1, C2, C3, C4 = (i * W for i in range(10))
    MK, WI, MS, MF = (i * W for i in range(4))
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
            s, k = S[p.sold[m]], K[n_lanes + m]
            uniforms(p.demand_key[m], t, first, u)
            draw(p, m, t, u)
            for r in range(W):
                x = u[r]
                k[CA + r] = x
                k[CB + r] += x
                k[C0 + r] += x
                s[BL + r] += x
                s[INC + r] += x

    @fast
    def orders(p, S, K, M, past, t):
        for i in range(len(p.down_up)):
            row = p.down_up[i]
            s, policy, safety = S[row], p.policy[row], p.safety[row]
            j, end = p.sources_at[row], p.sources_at[row + 1]
            if policy == DAYS_OF_COVER:
                n = p.past_at[row, 1]
                if n > 0:
                    slot = past[p.past_at[row, 0] + t % n]
                    for r in range(W):
                        s[FC + r] += (s[INC + r] - slot[r]) / n
                        slot[r] = s[INC + r]
                cover = p.cover[row]
                for r in range(W):
                    ip = s[OH + r] + s[OO + r] - s[BL + r] - s[RQ + r]
                    s[ORD + r] = max(s[FC + r] * cover + safety - ip, 0.0)
            elif policy == BASE_STOCK or policy == ON_DEMAND:
                level = p.level[row]
                for r in range(W):
                    s[ORD + r] = max(level - (s[OH + r] + s[OO + r] - s[BL + r] - s[RQ + r]), 0.0)
            elif policy == S_S or policy == R_Q:
                level, point, quantity = p.level[row], p.point[row], p.quantity[row]
                for r in range(W):
                    ip = s[OH + r] + s[OO + r] - s[BL + r] - s[RQ + r]
                    lot = max(level - ip, 0.0) if policy == S_S else quantity
                    s[ORD + r] = lot if ip <= point + DUST else 0.0
            else:
                continue
            for j in range(p.sources_at[row], end):
                source, fraction = p.sources_of[j], p.fraction[j]
                if source >= 0:
                    k, o = K[source], S[p.origin[source]]
                    for r in range(W):
                        x = s[ORD + r] * fraction
                        s[OO + r] += x
                        k[CB + r] += x
                        k[C3 + r] += x
                        o[BL + r] += x
                        o[INC + r] += x
                else:
                    make(p, S, M[-1 - source], s, -1 - source, fraction)

    @fast
    def make(p, S, m, s, k, fraction):
        good = p.make_yield[k]
        for r in range(W):
            x = s[ORD + r] * fraction / good
            m[MK + r] += x
            s[OO + r] += x * good
        for j in range(p.parts_at[k], p.parts_at[k + 1]):
            c, per = S[p.parts_of[j]], p.parts_qty[j] * fraction / good
            for r in range(W):
                c[RQ + r] += s[ORD + r] * per
                c[INC + r] += s[ORD + r] * per

    @fast
    def receive(p, S, K, M, pipe, work, t, a, b):
        for i in range(a, b):
            row = p.up_down[i]
            s = S[row]
            for j in range(p.sources_at[row], p.sources_at[row + 1]):
                source = p.sources_of[j]
                if source >= 0:
                    due, k, early = pipe[p.pipe_at[source, 0] + t % p.pipe_at[source, 1]], K[source], p.early[source]
                    for r in range(W):
                        q = due[r]
                        due[r] = 0.0
                        k[CT + r] -= q
                        k[C2 + r] -= q * early
                        s[OO + r] -= q
                        s[OH + r] += q
                        s[REC + r] += q
                elif p.make_lead[-1 - source] > 0:
                    n = -1 - source
                    finish(s, M[n], work[p.work_at[n, 0] + t % p.work_at[n, 1]], p.make_yield[n])

    @fast
    def finish(s, m, done, good):
        for r in range(W):
            x = done[r] * good
            done[r] = 0.0
            s[OO + r] -= x
            s[OH + r] += x
            s[REC + r] += x
            m[MF + r] += x

    @fast
    def produce(p, S, M, work, t, a, b, u, v):
        for i in range(a, b):
            n = p.groups[i]
            m, most = M[n], p.make_capacity[n]
            for r in range(W):
                m[WI + r] = min(m[MK + r], most)
            for j in range(p.parts_at[n], p.parts_at[n + 1]):
                c, each = S[p.parts_of[j]], 1.0 / p.parts_qty[j]
                for r in range(W):
                    m[WI + r] = min(m[WI + r], c[OH + r] * each)
        for i in range(a, b):
            n = p.groups[i]
            m, lead = M[n], p.make_lead[n]
            for r in range(W):
                u[r] = 1.0
            for j in range(p.parts_at[n], p.parts_at[n + 1]):
                if p.contested[j]:
                    part = p.parts_of[j]
                    c = S[part]
                    for r in range(W):
                        v[r] = 0.0
                    for g in range(p.users_at[part], p.users_at[part + 1]):
                        o, qty = M[p.users_of[g]], p.users_qty[g]
                        for r in range(W):
                            v[r] += o[WI + r] * qty
                    for r in range(W):
                        if v[r] > c[OH + r]:
                            u[r] = min(u[r], c[OH + r] / v[r])
            for r in range(W):
                u[r] *= m[WI + r]
                m[WI + r] = 0.0
                m[MK + r] -= u[r]
                m[MS + r] += u[r]
            for j in range(p.parts_at[n], p.parts_at[n + 1]):
                c, qty = S[p.parts_of[j]], p.parts_qty[j]
                for r in range(W):
                    c[OH + r] = max(c[OH + r] - u[r] * qty, 0.0)
                    c[RQ + r] = max(c[RQ + r] - u[r] * qty, 0.0)
            if lead == 0:
                finish(S[p.made[n]], m, u, p.make_yield[n])
            else:
                slot = work[p.work_at[n, 0] + (t + lead) % p.work_at[n, 1]]
                for r in range(W):
                    slot[r] += u[r]

    @fast
    def serve(p, S, K, pipe, t, first, a, b, u, v):
        n_lanes = len(p.origin)
        for i in range(a, b):
            row = p.up_down[i]
            j, end = p.claims_at[row], p.claims_at[row + 1]
            if j == end:
                continue
            s, endless = S[row], p.policy[row] == UNLIMITED
            for r in range(W):
                v[r] = 0.0
            for j in range(p.claims_at[row], end):
                k, most = K[p.claims_of[j]], p.capacity[p.claims_of[j]]
                for r in range(W):
                    k[CS + r] = min(k[CB + r], most)
                    v[r] += k[CS + r]
            alone = end == p.claims_at[row] + 1
            for r in range(W):
                short = not endless and v[r] > s[OH + r]
                v[r] = (s[OH + r] if alone else s[OH + r] / v[r]) if short else 1.0
                s[BL + r] = 0.0
            for j in range(p.claims_at[row], end):
                c = p.claims_of[j]
                k = K[c]
                if c >= n_lanes:
                    sell(s, k, v, p.lost_share[c - n_lanes])
                    continue
                for r in range(W):
                    x = k[CS + r] * v[r]
                    k[CS + r] = x
                    k[CB + r] -= x
                    k[CT + r] += x
                    k[C0 + r] += x
                    k[C1 + r] += 1.0 if x > 0.0 else 0.0
                    k[C2 + r] += k[CT + r]
                    s[BL + r] += k[CB + r]
                if not endless:
                    for r in range(W):
                        s[OH + r] = max(s[OH + r] - k[CS + r], 0.0)
                leave(p, k, pipe, t, first, c, u)

    @fast
    def sell(s, k, v, share):
        for r in range(W):
            x = k[CS + r] * v[r]
            once = max(x - (k[CB + r] - k[CA + r]), 0.0)
            lost = min(share * (k[CA + r] - once), k[CB + r] - x)
            s[OH + r] = max(s[OH + r] - x, 0.0)
            k[CB + r] -= x + lost
            s[BL + r] += k[CB + r]
            s[LO + r] += lost
            k[C1 + r] += once
            k[C2 + r] += x
            k[C3 + r] += lost
            k[C4 + r] += k[CB + r]

    @fast
    def leave(p, k, pipe, t, first, lane, u):
        at, n = p.pipe_at[lane, 0], p.pipe_at[lane, 1]
        if p.lead_at[lane, 1] == 0:
            slot = pipe[at + (t + p.lead[lane]) % n]
            for r in range(W):
                slot[r] += k[CS + r]
            return
        uniforms(p.lead_key[lane], t, first, u)
        table = p.lead_table[p.lead_at[lane, 0] : p.lead_at[lane, 0] + p.lead_at[lane, 1]]
        floor = p.floor[lane]
        for r in range(W):
            if k[CS + r] > 0.0:
                due = max(t + max(periods_at(table, u[r]), floor), int(k[CLA + r]))
                k[CLA + r] = due
                pipe[at + due % n, r] += k[CS + r]

    @fast
    def account(p, S):
        for row in range(len(S)):
            s, rate = S[row], p.rate[row]
            for r in range(W):
                came = 1.0 if s[REC + r] > 0.0 else 0.0
                x, y = s[ORD + r] - rate, s[INC + r] - rate
                s[T0 + r] += s[OH + r]
                s[T0 + W + r] += s[BL + r]
                s[T0 + 2 * W + r] += s[REC + r]
                s[T0 + 3 * W + r] += 1.0 if s[OH + r] > 0.0 else 0.0
                s[T0 + 4 * W + r] += came
                s[T0 + 5 * W + r] += came * (1.0 - s[SH + r])
                s[SH + r] = 1.0 if s[BL + r] + s[LO + r] > 0.0 else s[SH + r] * (1.0 - came)
                s[T0 + 6 * W + r] += x
                s[T0 + 7 * W + r] += x * x
                s[T0 + 8 * W + r] += y
                s[T0 + 9 * W + r] += y * y
                s[ORD + r] = s[INC + r] = s[REC + r] = s[LO + r] = 0.0

    @fast
    def spread_out(block, start):
        for row in range(len(block)):
            for c in range(start.shape[1]):
                for r in range(W):
                    block[row, c * W + r] = start[row, c]

    @fast
    def collect(total, block, first_row, first_column, tile, replications):
        for c in range(total.shape[0]):
            for row in range(total.shape[1]):
                for r in range(min(W, replications - tile)):
                    total[c, row, tile + r] = block[first_row + row, (first_column + c) * W + r]

    @fast
    def clear(S, K, M):
        S[:, T0:] = 0.0
        K[:, C0:] = 0.0
        M[:, MS:] = 0.0

    @numba.njit(error_model="numpy", nogil=True)
    def run(p, first, replications, periods, warm_up):
        S, K = np.empty((p.stock.shape[0], 20 * W)), np.empty((p.claim.shape[0], 10 * W))
        M, pipe = np.empty((p.recipe.shape[0], 4 * W)), np.empty((p.pipe.shape[0], W))
        work, past = np.empty((p.work.shape[0], W)), np.empty((p.past.shape[0], W))
        u, v = np.empty(W), np.empty(W)
        for tile in range(0, replications, W):
            spread_out(S, p.stock)
            spread_out(K, p.claim)
            spread_out(M, p.recipe)
            spread_out(pipe, p.pipe)
            spread_out(work, p.work)
            spread_out(past, p.past)
            for t in range(periods):
                if t == warm_up:
                    clear(S, K, M)
                demand(p, S, K, t, first + tile, u)
                orders(p, S, K, M, past, t)
                for wave in range(len(p.wave_at) - 1):
                    a, b = p.wave_at[wave], p.wave_at[wave + 1]
                    receive(p, S, K, M, pipe, work, t, a, b)
                    for g in range(p.group_at[wave, 0], p.group_at[wave, 1]):
                        produce(p, S, M, work, t, p.group_at[g, 2], p.group_at[g, 3], u, v)
                    serve(p, S, K, pipe, t, first + tile, a, b, u, v)
                account(p, S)
            collect(p.total_stock, S, 0, 10, tile, replications)
            collect(p.total_lane, K, 0, 5, tile, replications)
            collect(p.total_recipe, M, 0, 2, tile, replications)
            collect(p.total_market, K, len(p.origin), 5, tile, replications)

    return run
