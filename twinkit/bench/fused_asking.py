"""The fused loop, first half of the day: customers ask, stocks order."""

from __future__ import annotations

import numpy as np

from twinkit.bench.fused_layout import part as fast
from twinkit.bench.fused_layout import places
from twinkit.chain.chance import FIXED, LOGNORMAL, NORMAL, UNIFORM, count_quantile, draw_value, normal_quantile, uniform
from twinkit.chain.layout import BASE_STOCK, DAYS_OF_COVER, ON_DEMAND, R_Q, S_S
from twinkit.rules import DUST


def asking_parts(width: int):
    """The steps ``demand`` and ``orders`` for tiles of `width` worlds."""
    W, SW, KW, MW, S_, K_, M_ = places(width)
    OH, BL, RQ, OO, INC, ORD, _REC, FC, _SH, _LO, _T0, _T1, _T2, _T3, _T4, _T5, _T6, _T7, _T8, _T9 = S_
    CB, _CS, CA, _CT, _CLA, C0, _C1, _C2, C3, _C4 = K_
    MK, _WI, _MS, _MF = M_
    whole = np.uint64

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
        elif kind in (FIXED, LOGNORMAL, UNIFORM):
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
    def orders(p, S, K, M, past, t, u):
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
                    x = S[s + FC + r] * cover + safety - ip
                    S[s + ORD + r] = x if x >= DUST else 0.0
            elif policy in (BASE_STOCK, ON_DEMAND):
                level = p.level[row]
                for r in range(W):
                    x = level - (S[s + OH + r] + S[s + OO + r] - S[s + BL + r] - S[s + RQ + r])
                    S[s + ORD + r] = x if x >= DUST else 0.0
            elif policy in (S_S, R_Q):
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
                    make(p, S, M, s, -1 - source, fraction, u)

    @fast
    def make(p, S, M, s, n, fraction, u):
        m, good = whole(n) * MW, p.make_yield[n]
        for r in range(W):
            x = S[s + ORD + r] * fraction / good
            u[r] = x
            M[m + MK + r] += x
            S[s + OO + r] += x * good
        for j in range(p.parts_at[n], p.parts_at[n + 1]):
            c, qty = whole(p.parts_of[j]) * SW, p.parts_qty[j]
            for r in range(W):
                S[c + RQ + r] += u[r] * qty
                S[c + INC + r] += u[r] * qty

    return demand, orders
