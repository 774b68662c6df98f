"""The fused loop, second half of the day: goods come in, are made, go out; the totals are kept."""

from __future__ import annotations

import numpy as np

from twinkit.bench.fused_layout import GUIDE, places
from twinkit.bench.fused_layout import part as fast
from twinkit.chain.chance import uniform
from twinkit.chain.layout import UNLIMITED
from twinkit.rules import DUST


def goods_parts(width: int):
    """The steps ``receive``, ``produce``, ``serve`` and ``account`` for tiles of `width` worlds."""
    W, SW, KW, MW, S_, K_, M_ = places(width)
    OH, BL, RQ, OO, INC, ORD, REC, _FC, SH, LO, T0, T1, T2, T3, T4, T5, T6, T7, T8, T9 = S_
    CB, CS, CA, CT, CLA, C0, C1, C2, C3, C4 = K_
    MK, WI, MS, MF = M_
    whole = np.uint64

    @fast
    def uniforms(key, t, first, u):
        for r in range(W):
            u[r] = uniform(key, t, first + r, 0)

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
                c, qty = whole(p.parts_of[j]) * SW, p.parts_qty[j]
                for r in range(W):
                    M[m + WI + r] = min(M[m + WI + r], S[c + OH + r] / qty)
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
                    K[k + CB + r] = K[k + CB + r] - x if K[k + CB + r] > x + DUST else 0.0
                    K[k + CT + r] += x
                    K[k + C0 + r] += x
                    K[k + C1 + r] += 1.0 if x > DUST else 0.0
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
            owed = K[k + CB + r] - x if K[k + CB + r] > x + DUST else 0.0
            lost = min(share * (K[k + CA + r] - once), owed)
            owed -= lost
            S[s + OH + r] = max(S[s + OH + r] - x, 0.0)
            K[k + CB + r] = owed
            S[s + BL + r] += owed
            S[s + LO + r] += lost
            K[k + C1 + r] += once
            K[k + C2 + r] += x
            K[k + C3 + r] += lost
            K[k + C4 + r] += owed

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
        guide, floor, now = p.lead_guide[lane], p.floor[lane], t % n
        for r in range(W):
            if K[k + CS + r] > 0.0:
                wait = guide[int(u[r] * GUIDE)]
                while table[wait] < u[r]:
                    wait += 1
                due = max(t + max(wait, floor), int(K[k + CLA + r]))
                K[k + CLA + r] = due
                slot = now + due - t
                slot = slot - n if slot >= n else slot
                pipe[whole(at + slot) * W + r] += K[k + CS + r]

    @fast
    def account(p, S):
        for row in range(len(p.rate)):
            s, rate = whole(row) * SW, p.rate[row]
            for r in range(W):
                came = 1.0 if S[s + REC + r] > DUST else 0.0
                x, y = S[s + ORD + r] - rate, S[s + INC + r] - rate
                S[s + T0 + r] += S[s + OH + r]
                S[s + T1 + r] += S[s + BL + r]
                S[s + T2 + r] += S[s + REC + r]
                S[s + T3 + r] += 1.0 if S[s + OH + r] > DUST else 0.0
                S[s + T4 + r] += came
                S[s + T5 + r] += came * (1.0 - S[s + SH + r])
                S[s + SH + r] = 1.0 if S[s + BL + r] + S[s + LO + r] > DUST else S[s + SH + r] * (1.0 - came)
                S[s + T6 + r] += x
                S[s + T7 + r] += x * x
                S[s + T8 + r] += y
                S[s + T9 + r] += y * y
                S[s + ORD + r] = S[s + INC + r] = S[s + REC + r] = S[s + LO + r] = 0.0

    return receive, produce, serve, account
