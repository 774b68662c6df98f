"""The table of events: what happens to a chain, to what, when, for how long and how badly."""

from __future__ import annotations

from twinkit.columns import Column
from twinkit.tables.words import DURATIONS, EVENT_KINDS, MODES, RECOVERIES, flag_column, name_column, word_column


class Events:
    """Something that happens to the chain.

    The target is a site (or a port), a product at a site, a lane (origin and
    destination, with or without a product), a market, all sites of a country, of a
    circle on the map or of a tier, or all lanes of a mode.
    """

    table = "events"
    key = ("event",)

    event = name_column("unique name of the event")
    kind = Column("word", "what happens", kind="text", choices=EVENT_KINDS)
    site = name_column("site that it happens to", "sites.site", start="")
    product = name_column("product that it happens to; empty = all", "products.product", start="")
    origin = name_column("origin of the lane that it happens to", "sites.site", start="")
    destination = name_column("destination of the lane that it happens to", "sites.site", start="")
    market = name_column("market that it happens to", "markets.market", start="")
    country = name_column("country whose sites it happens to", "sites.country", start="", advanced=True)
    tier = Column("tier", "tier whose sites it happens to", start=None, low=0, kind="whole", advanced=True)
    mode = Column("word", "mode of the lanes that it happens to", kind="text", choices=("", *MODES), start="", advanced=True)
    latitude = Column("degrees", "centre of the circle whose sites it happens to", start=None, low=-90, high=90, advanced=True)
    longitude = Column("degrees", "centre of the circle", start=None, low=-180, high=180, advanced=True)
    radius = Column("km", "radius of the circle, as the crow flies", start=None, low=0, advanced=True)
    to_mode = Column(
        "word",
        "mode of the lanes by which rerouted goods go on, between the same sites",
        kind="text",
        choices=("", *MODES),
        start="",
        advanced=True,
    )
    to_market = name_column("market that demand shifts to", "markets.market", start="", advanced=True)
    start = Column(
        "period",
        "first period of the event; of one that recurs: in which it may begin; after another event: periods since its start",
        low=0,
        kind="whole",
    )
    latest_start = Column(
        "period",
        "it starts in any period from start to this one, each as likely; empty = at start",
        start=None,
        low=0,
        kind="whole",
        advanced=True,
    )
    after = name_column("event whose start the periods of start are counted from", "events.event", start="", advanced=True)
    probability = Column("share", "chance that it happens at all", start=1.0, low=0, high=1, advanced=True)
    duration = Column(
        "periods", "length at full severity; empty = to the end of the run (and 1 for what happens at once)", start=None, low=0
    )
    duration_spread = Column(
        "periods", "standard deviation of the duration (lognormal); 0 = always the same", start=0.0, low=0
    )
    duration_kind = word_column(
        "distribution of the duration: lognormal with its spread, or geometric (as likely to end in any period)",
        DURATIONS,
        "lognormal",
        advanced=True,
    )
    time_between = Column(
        "periods",
        "mean time from the end of one occurrence to the start of the next (geometric); empty = it happens once",
        start=None,
        low=1,
        advanced=True,
    )
    severity = Column(
        "share",
        "share lost, 0 to 1; surge, slump: relative change of demand; shift: share that goes over; longer, delayed, "
        "rerouted: extra periods; prices, freight, tariff: increase as a share of the unit cost, freight or value",
        start=1.0,
        low=0,
    )
    recovery = word_column("shape of the way back", RECOVERIES, "step")
    recovery_time = Column("periods", "length of the way back after the duration", start=0.0, low=0)
    scheduled = flag_column("happens in every run; otherwise only in scenarios that name it", True)
    date = Column("date", "date of the recorded event", kind="date", start="")
    note = Column("text", "what it stands for", kind="text", start="")
    source = Column("text", "where it is recorded", kind="text", start="")
