"""A line: its stations with the buffers between them, what its machines did hour by hour, and where planned time goes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Patch, Rectangle

from twinkit.show.palette import THEMES
from twinkit.show.picture import drawing, percent_axis, titled, wrapped
from twinkit.words import percent

LOOKS = {
    "working": ("calm", ""), "setup": ("other", "//"), "maintenance": ("other", "xx"), "down": ("idling", "\\\\"), "waiting": ("out", "..."),
    "starved": ("rule", ""), "blocked": ("slower", "||"), "stopped": ("slower", "--"), "staff": ("out", "oo"),
}  # fmt: skip
"""State of a machine → role of its colour, and its hatch; "waiting" is for a spare."""
IN_WORDS = {"waiting": "waiting for a spare", "starved": "starved (no part)", "blocked": "blocked (no room)", "setup": "set-up", "stopped": "minor stop", "staff": "waiting for staff", "minor_stops": "minor stops"}
COLUMNS, SHORTEST = 1200, 200
"""Moments at which the states of machines are drawn; share of the time (1 / …) from which on a spell is hatched, too."""
LOSSES = ("breakdowns", "maintenance", "setup", "minor_stops", "staff", "starved", "blocked", "defects")
NOT_EVERYWHERE = ("minor_stops", "staff")
"""Losses that are left out where a line has none."""


def _patch(state: str, theme: str) -> dict:
    role, hatch = LOOKS[state]
    return {"facecolor": THEMES[theme][role], "hatch": hatch, "edgecolor": THEMES[theme]["edge"], "linewidth": 0.4}


def _legend(fig: Figure, states: Sequence[str], theme: str) -> None:
    fig.legend(handles=[Patch(label=IN_WORDS.get(s, s), **_patch(s, theme)) for s in LOOKS if s in states], loc="outside lower center",
               ncols=4, handlelength=1.6, handleheight=1.1)  # fmt: skip


def line_strip(stations: Sequence[str], states: pd.DataFrame, buffers: Sequence[float], rooms: Sequence[float], theme: str = "light", per_row: int = 6) -> Figure:
    """Stations as boxes filled by the share of time in each state, with the buffer before each.

    Parameters
    ----------
    stations
        Names, in the order of the line.
    states
        Share of time by state (columns), a row for each station.
    buffers, rooms
        Mean parts before each station, and room for them [parts]; those of the first are not drawn.
    theme, per_row
        A theme of the palette; stations beside each other.
    """
    rows = -(-len(stations) // per_row)
    with drawing((8.0, 1.0 + 1.35 * rows), theme) as fig:
        ax, c = fig.subplots(), THEMES[theme]
        for i, name in enumerate(stations):
            x, y = 1.5 * (i % per_row), -1.5 * (i // per_row)
            bottom = y
            for state in LOOKS:
                share = float(states[state].iloc[i])
                if share > 0:
                    ax.add_patch(Rectangle((x, bottom), 1.0, share, **_patch(state, theme)))
                    bottom += share
            ax.add_patch(Rectangle((x, y), 1.0, 1.0, fill=False, edgecolor=c["ink"], linewidth=1.0))
            ax.text(x + 0.5, y - 0.06, wrapped(name, 14, 2), ha="center", va="top", color=c["ink"], fontsize="small")
            if i:
                full = min(buffers[i] / rooms[i], 1.0) if rooms[i] else 0.0
                ax.add_patch(Rectangle((x - 0.34, y + 0.1), 0.18, 0.8, fill=False, edgecolor=c["quiet"], linewidth=0.8))
                ax.add_patch(Rectangle((x - 0.34, y + 0.1), 0.18, 0.8 * full, facecolor=c["quiet"], linewidth=0))
                ax.text(x - 0.25, y + 0.94, f"{buffers[i]:.0f}/{rooms[i]:.0f}", ha="center", va="bottom", fontsize="x-small", color=c["quiet"])
        ax.set_xlim(-0.5, 1.5 * per_row - 0.4)
        ax.set_ylim(-1.5 * (rows - 1) - 0.5, 1.25)
        ax.set_axis_off()
        _legend(fig, [s for s in LOOKS if (states[s] > 0).any()], theme)
        fig.description = "The stations of the line from left to right. " + " ".join(
            f"{name}: " + ", ".join(f"{IN_WORDS.get(s, s)} {percent(float(states[s].iloc[i]))}" for s in LOOKS if states[s].iloc[i] >= 0.005) + "."
            for i, name in enumerate(stations)
        )  # fmt: skip
    return fig


def line_gantt(log: pd.DataFrame, theme: str = "light", bottleneck: pd.DataFrame | None = None) -> Figure:
    """What every machine did, hour by hour.

    Parameters
    ----------
    log
        machine, station, from, to [open hours], state.
    theme
        A theme of the palette.
    bottleneck
        from, to, machine: the station that holds up the line at that time, whose machines are underlined; None where there is none.
    """
    machines = list(dict.fromkeys(log["machine"]))
    with drawing((8.0, 1.3 + 0.24 * len(machines)), theme) as fig:
        ax = fig.subplots()
        begin, end = float(log["from"].min()), float(log["to"].max())
        moments, states = begin + (end - begin) * (np.arange(COLUMNS) + 0.5) / COLUMNS, list(LOOKS)
        codes = np.zeros((len(machines), COLUMNS), int)
        for i, machine in enumerate(machines):  # thousands of bars take minutes to draw; as a picture of colours they take none
            own = log[log["machine"] == machine]
            at = np.clip(np.searchsorted(own["from"].to_numpy(), moments, side="right") - 1, 0, len(own) - 1)
            codes[i] = [states.index(s) for s in own["state"].to_numpy()[at]]
            long = own[(own["to"] - own["from"] > (end - begin) / SHORTEST) & ~own["state"].isin(("working", "starved"))]
            for state, spells in long.groupby("state"):
                ax.broken_barh([(a, b - a) for a, b in spells[["from", "to"]].to_numpy()], (i - 0.4, 0.8), **{**_patch(str(state), theme), "linewidth": 0.0})
        colours = np.array([to_rgb(THEMES[theme][LOOKS[s][0]]) for s in states])
        ax.imshow(colours[codes], aspect="auto", extent=(begin, end, len(machines) - 0.5, -0.5), interpolation="nearest", zorder=0)
        ax.hlines(np.arange(len(machines) + 1) - 0.5, begin, end, color=THEMES[theme]["page"], linewidth=3.0)
        of = dict(zip(log["machine"], log["station"], strict=True))
        if bottleneck is not None:
            whose = bottleneck["machine"].fillna("")
            spells = bottleneck.groupby((whose != whose.shift()).cumsum()).agg({"from": "min", "to": "max", "machine": "first"})
            lines = [(i + 0.46, a, b) for a, b, station in spells.itertuples(index=False) for i, machine in enumerate(machines) if of[machine] == station]
            if lines:
                ax.hlines(*zip(*lines, strict=True), color=THEMES[theme]["ink"], linewidth=1.8)
        ax.set_yticks(range(len(machines)), machines)
        ax.set_ylim(len(machines) - 0.5, -0.5)
        ax.set_xlim(begin, end)
        ax.set_xlabel("open hours since the line began" + ("" if bottleneck is None else "; underlined: the station that is active longest"))
        _legend(fig, set(log["state"]), theme)
        spent = (log["to"] - log["from"]).groupby([log["machine"], log["state"]], sort=False).sum()
        fig.description = "Bars of what each machine did in the first of the worlds. " + " ".join(
            f"{m}: " + ", ".join(f"{IN_WORDS.get(s, s)} {h:.1f} h" for s, h in spent[m].items()) + "." for m in machines
        )  # fmt: skip
    return fig


def oee_waterfall(rows: pd.DataFrame, theme: str = "light") -> Figure:
    """From the planned time to that of good parts, loss by loss, a panel for each row.

    Parameters
    ----------
    rows
        station, the losses as shares of the planned time, and good, the rest.
    theme
        A theme of the palette.
    """
    colours = {"breakdowns": "down", "maintenance": "maintenance", "setup": "setup", "starved": "starved", "blocked": "blocked", "defects": "down", "minor_stops": "stopped", "staff": "staff"}
    losses = [x for x in LOSSES if x not in NOT_EVERYWHERE or (rows[x] > 0).any()]
    with drawing((8.0, 0.7 + 2.1 * len(rows)), theme) as fig:
        c, told = THEMES[theme], []
        for ax, row in zip(np.atleast_1d(fig.subplots(len(rows), 1)), rows.to_dict("records"), strict=True):
            left, names = 1.0, ["planned", *(IN_WORDS[x].split(" (")[0] if x in IN_WORDS else x for x in losses), "good parts"]
            ax.barh(0, 1.0, color=c["quiet"], height=0.7)
            for i, loss in enumerate(losses, 1):
                left -= row[loss]
                ax.barh(i, row[loss], left=left, height=0.7, **_patch(colours[loss], theme))
                ax.text(left - 0.01, i, percent(row[loss]), ha="right", va="center", fontsize="small")
            ax.barh(len(losses) + 1, row["good"], color=c["calm"], height=0.7)
            ax.text(row["good"] + 0.01, len(losses) + 1, f"OEE {percent(row['good'])}", va="center", fontsize="small")
            ax.set_yticks(range(len(names)), names)
            ax.invert_yaxis()
            ax.set_xlim(0, 1.02)
            percent_axis(ax.xaxis)
            titled(ax, str(row["station"]), theme=theme)
            told.append(f"{row['station']}: " + ", ".join(f"{name} {percent(row[name])}" for name in losses) + f"; good parts {percent(row['good'])} of the planned time.")
        fig.description = "Bars from planned time down to the time of good parts. " + " ".join(told)
    return fig
