"""How the plain chain moves goods: receive, produce, serve and send."""

from __future__ import annotations

import math

from plain_calendars import after, opened, share
from plain_rows import takes_orders

from twinkit.chain.chance import KIND_CODES, draw_value

DUST = 1e-9


def is_lane(claim):
    """Whether a claim is a lane; else it is a market."""
    return hasattr(claim, "origin")


# Receive ---------------------------------------------------------------------------


def receive(chain, stock):
    """Take in the goods that are due, and finish what has been in work long enough."""
    for source in stock.sources:
        if is_lane(source):
            moving = source.shipments + source.expedited
            source.at_door += sum(units for left, units in moving if left <= 0)
            source.shipments = [[left, units] for left, units in source.shipments if left > 0]
            source.expedited = [[left, units] for left, units in source.expedited if left > 0]
            if "receipt_pausing" not in source.paused and opened(chain, chain.period, stock.place.calendar):
                stock.on_hand += source.at_door
                stock.received += source.at_door
                source.at_door = 0.0
        else:
            due = sum(units for end, units in source.batches if end == chain.period)
            source.batches = [[end, units] for end, units in source.batches if end > chain.period]
            finish(chain, source, due)
    for claim in stock.claims:
        if not is_lane(claim):
            take_back(chain, claim)


def take_back(chain, market):
    """Units that customers send back come in; some are in stock again."""
    stock = market.stock
    market.to_return += sum(units for due, units in market.returns if due == chain.period)
    market.returns = [[due, units] for due, units in market.returns if due > chain.period]
    units = stock.rounded_down(market.to_return) if opened(chain, chain.period, stock.place.calendar) else 0.0
    market.to_return -= units
    market.to_resell += units * market.resold_share
    market.returned, market.resold = units, stock.rounded_down(market.to_resell)
    market.to_resell -= market.resold
    stock.on_hand += market.resold


def finish(chain, recipe, units):
    """Units leave production; some of them are scrap."""
    good = units * recipe.yield_rate * recipe.good_share
    if recipe.stock.whole:
        luck = chain.luck("yield", " | ".join(part for part in recipe.key if part), chain.period)
        low = recipe.stock.rounded_down(good)
        good = low + (luck >= 1 - (good - low))
    recipe.stock.on_hand += good
    recipe.stock.received += good
    for stock, quantity in recipe.outs:
        stock.on_hand += units * quantity
        stock.received += units * quantity


# Produce -----------------------------------------------------------------------------


def produce(chain, place):
    """Start what can be made; a component made at once at the site is made before it is used."""
    waiting, place.started = list(place.recipes), 0.0
    place.works = share(chain, place.calendar, chain.period)
    while waiting:
        at_once = {id(recipe.stock) for recipe in waiting if recipe.lead_time == 0}
        later = {id(r.stock) for r in waiting if any({id(part), id(other)} & at_once for part, _, other, _ in r.lines)}
        now = [recipe for recipe in waiting if id(recipe.stock) not in later]
        start_together(chain, place, now)
        start_instead(chain, place, now)
        start_otherwise(chain, place, now)
        waiting = [recipe for recipe in waiting if recipe not in now]


def start_together(chain, place, recipes):
    """Start recipes that share components and the capacity of the site."""
    wish = {recipe: most(recipe) for recipe in recipes}
    parts = shares_of(place, wish)
    for recipe in recipes:
        recipe.starts = recipe.stock.rounded_down(wish[recipe] * parts[recipe])
    for recipe in recipes:
        recipe.started = recipe.starts
        start(chain, recipe, recipe.starts, recipe.parts)
        place.started += recipe.starts


def shares_of(place, wish):
    """Share of its wish that each recipe gets of components and of the capacity of the site."""
    shares = {}
    for recipe in wish:
        part = 1.0
        for stock, _ in recipe.parts:
            wanted = sum(wish[user] * quantity for user, quantity in stock.uses if user in wish)
            part = min(part, stock.on_hand * stock.usable / wanted if wanted > 0 else 1.0)
        if not math.isnan(place.capacity) and sum(wish.values()) > 0:
            part = min(part, max(0.0, place.capacity * place.works - place.started) / sum(wish.values()))
        shares[recipe] = part
    return shares


def start_instead(chain, place, recipes):
    """Start what is left to make with substitutes for the components that are short."""
    wish, uses = {}, {}
    for recipe in recipes:
        if any(other for _, _, other, _ in recipe.lines):
            left = max(0.0, min(recipe.to_make, room(recipe) - recipe.started))
            uses[recipe] = [to_use(line, left) for line in recipe.lines]
            wish[recipe] = min(left, *(reach(stock, quantity) for stock, quantity in uses[recipe]))
    shares = {}
    for recipe in wish:
        shares[recipe] = 1.0
        for stock, _ in uses[recipe]:
            wanted = sum(wish[r] * q for r in wish for other, q in uses[r] if other is stock)
            shares[recipe] = min(shares[recipe], stock.on_hand * stock.usable / wanted if wanted > 0 else 1.0)
        if not math.isnan(place.capacity) and sum(wish.values()) > 0:
            shares[recipe] = min(shares[recipe], max(0.0, place.capacity * place.works - place.started) / sum(wish.values()))
    for recipe in wish:
        units = recipe.stock.rounded_down(wish[recipe] * shares[recipe])
        recipe.started += units
        start(chain, recipe, units, uses[recipe])
        place.started += units


def start_otherwise(chain, place, recipes):
    """Start by another recipe what those before it cannot, for want of components."""
    stocks = [stock for stock in place.stocks if stock.other_recipes and any(r.stock is stock for r in recipes)]
    for n in range(1, max((len(made_by(stock)) for stock in stocks), default=0)):
        chosen = [(stock, made_by(stock)[:n], made_by(stock)[n]) for stock in stocks if n < len(made_by(stock))]
        wish = {}
        for _, before, recipe in chosen:
            good = sum(short(other) * other.yield_rate for other in before) if takes_orders(recipe, chain.period) else 0.0
            able = room(recipe) - recipe.started - recipe.to_make
            wish[recipe] = max(0.0, min(good / recipe.yield_rate, able, *(reach(part, q) for part, q in recipe.parts)))
        parts = shares_of(place, wish)
        for stock, before, recipe in chosen:
            units = stock.rounded_down(wish[recipe] * parts[recipe])
            good = units * recipe.yield_rate
            for other in before:
                part = min(short(other), stock.rounded_up(good / other.yield_rate))
                other.to_make -= part
                good = max(0.0, good - part * other.yield_rate)
            recipe.to_make += units
            recipe.started += units
            start(chain, recipe, units, recipe.parts)
            place.started += units


def made_by(stock):
    """Recipes of a stock, in the order of its sources."""
    return [source for source in stock.sources if not is_lane(source)]


def short(recipe):
    """Units to make that a recipe has room for and has not started."""
    return max(0.0, min(recipe.to_make, room(recipe) - recipe.started))


def to_use(line, units):
    """What a line takes for so many units: its component, or the substitute if there is less of it and that goes further."""
    part, quantity, other, instead = line
    if other and reach(part, quantity) < units - DUST and reach(other, instead) > reach(part, quantity) + DUST:
        return other, instead
    return part, quantity


def reach(stock, quantity):
    """Units that could be started of what a stock has."""
    return stock.on_hand * stock.usable / quantity


def room(recipe):
    """Units that a recipe may start in the period."""
    works = recipe.stock.place.works
    if works == 0:
        return 0.0
    units = math.inf if math.isnan(recipe.capacity) else recipe.capacity * works
    if recipe.up < 1:
        units = min(units, recipe.up * (recipe.open_flow if math.isnan(recipe.capacity) else units))
    return units


def most(recipe):
    """Units that a recipe could start if it were alone."""
    return min(recipe.to_make, room(recipe), *(reach(part, quantity) for part, quantity in recipe.parts), math.inf)


def start(chain, recipe, units, uses):
    """Start units: what they are made of is used."""
    recipe.to_make -= units
    for part, quantity in uses:
        part.on_hand = max(0.0, part.on_hand - units * quantity)
    if recipe.lead_time == 0:
        finish(chain, recipe, units)
    else:
        end = after(chain, chain.period, int(recipe.lead_time), recipe.stock.place.calendar)
        recipe.batches.append([end, units])


# Serve --------------------------------------------------------------------------------


def serve(chain, stock, claims):
    """A stock sends what it can to some of its claims."""
    gets = ration(stock, claims)
    for claim in claims:
        if stock.policy != "unlimited":
            stock.on_hand = max(0.0, stock.on_hand - gets[claim])
        claim.sent += gets[claim]
        claim.take(gets[claim])
        if not is_lane(claim) and claim.returned_share > 0:
            claim.returns.append([chain.period + int(claim.return_delay), claim.returned_share * gets[claim]])
        lose(chain, claim)
        if is_lane(claim):
            send(chain, claim, gets[claim])


def most_to_send(claim):
    """Units that a claim would get if there were enough."""
    chain, units = claim.stock.place.model, claim.backlog
    if not works(chain, claim):
        return 0.0
    capacity = claim.capacity
    if not math.isnan(capacity):
        capacity = claim.stock.rounded_down(capacity * share(chain, claim.calendar, chain.period))
        units = min(units, capacity)
    if claim.open < 1:
        units = min(units, claim.open * (claim.open_flow if math.isnan(capacity) else capacity))
    return in_loads(claim, claim.stock.rounded_down(units))


def in_loads(claim, units):
    """Units that fill loads, where a lane goes with full loads only."""
    load = claim.full_load if is_lane(claim) else math.nan
    return units if math.isnan(load) else math.floor(units / load + DUST) * load


def works(chain, claim):
    """Whether goods may leave to a claim by the calendars."""
    return opened(chain, chain.period, claim.calendar, claim.stock.place.calendar)


def ration(stock, claims):
    """Units that each claim gets: groups are served one after the other, and share within."""
    room = {claim: most_to_send(claim) for claim in claims}
    gets = dict.fromkeys(claims, 0.0)
    left = math.inf if stock.policy == "unlimited" else stock.on_hand * stock.usable
    for group in groups(stock, claims):
        refuse = True
        while refuse:  # who would get a part of an order and takes none stands back, and the others share again
            wish = {claim: min(room[claim], units) for claim, units in group}
            short = sum(wish.values()) > left + DUST
            refuse = [c for c, units in group if not c.partial and wish[c] > 0 and (short or wish[c] < units - DUST)]
            room |= dict.fromkeys(refuse, 0.0)
        for claim, units in split(stock, wish, left).items():
            units = in_loads(claim, units)
            gets[claim] += units
            room[claim] -= units
            left = max(0.0, left - units)
    return {claim: units if units > DUST else 0.0 for claim, units in gets.items()}


def groups(stock, claims):
    """Lists of (claim, units owed) that are served one after the other."""
    if stock.rationing == "first_come":
        periods = sorted({max(period, 0) for claim in claims for period, _ in claim.orders})
        return [
            [(claim, sum(units for period, units in claim.orders if max(period, 0) == p)) for claim in claims]
            for p in periods
        ]
    found, before = [], None
    for claim in claims:
        alone = not claim.partial or not found or not before.partial
        if alone or (stock.rationing == "priority" and claim.priority != before.priority):
            found.append([])
        found[-1].append((claim, claim.backlog))
        before = claim
    return found


def split(stock, wish, left):
    """Share what is left in proportion to wishes; whole units by rounding down the running sum."""
    wanted, so_far, parts = sum(wish.values()), 0.0, {}
    share = 1.0 if wanted <= left else left / wanted
    for claim, units in wish.items():
        before, so_far = so_far, so_far + units * share
        parts[claim] = stock.rounded_down(so_far) - stock.rounded_down(before)
    return parts


def lose(chain, claim):
    """Demand of today that was not served is lost in part; a lane may lose all."""
    if claim.lost_if_short and works(chain, claim):
        claim.lost += claim.backlog
        claim.orders = []
    for order in claim.orders:
        if order[0] == chain.period:
            lost = claim.stock.rounded(claim.lost_share * order[1])
            claim.lost += lost
            order[1] -= lost


# Send ------------------------------------------------------------------------------------


def send(chain, lane, units):
    """Put goods on a lane, with those that waited for a pause to end."""
    lane.held += units
    if "shipment_pausing" in lane.paused or lane.held == 0 or not works(chain, lane):
        return
    left = math.floor(lead_time(chain, lane) + lane.delay + 0.5)
    quick = math.floor(lane.expedite_lead_time + 0.5) if lane.expedite else left
    soonest = 1 if chain.day == "serve_first" else 0
    noticed = lane.to.short_for >= chain.detection_delay
    if quick < left and noticed and lane.to.on_hand < lane.to.backlog + lane.to.required - DUST:
        lane.expedited.append([max(quick, soonest), lane.held])
    else:
        before = [other for other, _ in lane.shipments]
        last = max(before, default=0) if may_be_late(chain, lane) and not lane.crossing else 0
        lane.shipments.append([max(left, last, soonest), lane.held])
    lane.held = 0.0


def may_be_late(chain, lane):
    """Whether a shipment could overtake the one before it."""
    return lane.lead_time_kind != "fixed" or any(
        event.kind in ("lead_time_increase", "transit_delayed", "transit_rerouted") for event in chain.events
    )


def lead_time(chain, lane):
    """Lead time of a shipment that leaves now."""
    if lane.lead_time_kind == "fixed":
        return lane.lead_time
    spread = lane.lead_time_spread
    wide = {"uniform": spread, "poisson": 4 * lane.lead_time**0.5}.get(lane.lead_time_kind, 4 * spread)
    luck = chain.luck("lead time", lane.name, chain.period)
    drawn = draw_value(KIND_CODES[lane.lead_time_kind], lane.lead_time, spread, luck)
    return min(drawn, math.ceil(lane.lead_time + wide))


def expire(chain, stock):
    """Scrap what has been kept too long; the oldest goes out first."""
    stock.expired = 0.0
    if math.isnan(stock.shelf_life):
        return
    stock.ages.append([chain.period, stock.received + sum(c.resold for c in stock.claims if not is_lane(c))])
    gone = sum(units for _, units in stock.ages) - stock.on_hand
    for age in stock.ages:
        part = min(age[1], gone)
        age[1] -= part
        gone -= part
    stock.expired = sum(units for came, units in stock.ages if came <= chain.period - stock.shelf_life + 1)
    stock.on_hand = max(0.0, stock.on_hand - stock.expired)  # no speck below nothing
    stock.ages = [age for age in stock.ages if age[0] > chain.period - stock.shelf_life + 1]


def pay(chain, lane):
    """Orders of the period get their price; of what is ordered, the part that is sent is paid."""
    lane.bought = 0.0
    rows = [r for r in chain.price_breaks if (r.origin, r.destination, r.product, r.mode) == lane.key]
    if not rows:
        return
    lane.to_pay += price(chain, lane, [r for r in rows if lane.placed > 0 and takes_orders(r, chain.period)])
    waited = sum(units for _, units in lane.mail) + lane.unread + lane.backlog + lane.sent + lane.lost
    if waited > DUST:
        lane.bought = lane.to_pay * lane.sent / waited
        lane.to_pay *= 1 - (lane.sent + lane.lost) / waited


def price(chain, lane, rows):
    """Price of an order: its breaks are ranges of units, each with a price of its own, or the last one's for all."""
    breaks = [(0.0, lane.stock.unit_cost), *sorted((r.from_quantity, r.price) for r in rows)]
    reached = [b for b in breaks if b[0] <= lane.placed + DUST]
    if lane.discount == "all_units":
        return lane.placed * reached[-1][1]
    ends = [b[0] for b in reached[1:]] + [lane.placed]
    return sum((end - start) * each for (start, each), end in zip(reached, ends, strict=True))


def dusk(chain):
    """Goods on the way move on by one period."""
    for lane in chain.lanes:
        if "transit_pausing" not in lane.paused and opened(chain, chain.period + 1, lane.calendar):
            lane.shipments = [[left - 1, units] for left, units in lane.shipments]
            lane.expedited = [[left - 1, units] for left, units in lane.expedited]
