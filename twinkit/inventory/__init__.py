"""Inventory: results that need no simulation, as pure functions.

A level or a lot and what it costs on average, from a formula, a renewal argument, a
Markov chain or a dynamic programme.  They say what a simulated chain must reach, and
they set its levels.  Costs are money per period (or per year: whatever the rates given
are per), lead times are in periods of the same kind.

=============================  =====================================================================
newsvendor_normal, _poisson    best level for one period of demand, and its expected cost
newsvendor, newsvendor_cost    the same for any distribution of scipy.stats; cost of any level
newsvendor_…_cost              expected cost of any level
base_stock_normal, _poisson    best base-stock level over a lead time, and its expected cost
base_stock_…_cost              expected cost of any base-stock level
normal_loss, poisson_loss      expected units short at a level
eoq, eoq_cost                  economic order quantity; cost of any lot
eoq_backorders                 the same where customers may wait
epq                            economic lot of a production that takes its time
all_units_discount             best lot where a larger one makes every unit cheaper
incremental_discount           best lot where only the units beyond a breakpoint are cheaper
wagner_whitin                  cheapest orders for demand that is known period by period
eoq_disruptions, _cost         best lot where the supplier fails and recovers; cost of any
eoq_additive_yield             best lot where a random number of units is added or missing
eoq_multiplicative_yield       best lot where a random share of it comes in
newsvendor_additive_yield      best level where a random number of units is added; _cost of any
r_Q_poisson, _cost             best (r, Q) in continuous review; exact cost of any
s_S_poisson, _cost             best (s, S) in periodic review; exact cost of any
serial_normal, serial_poisson  best echelon and local base-stock levels of a serial system
serial_…_cost                  cost of any echelon base-stock levels of a serial system
lost_sales_poisson, _cost      best base-stock level where unserved demand is lost; exact cost of any
supply_disruptions, _cost      best base-stock level where the supplier is up or down; cost of any
guaranteed_service             where to keep safety stock in a tree of stages (each a Stage)
performance_impact             least loss that an outage of a SupplyNetwork causes (linear programme)
time_to_survive                longest outage that loses no demand (linear programme)
TimeExpanded                   both over periods, with lead times (linear programme)
bullwhip_lower_bound           least variance ratio of orders that follow a moving average
fit_lead_times                 lead times by maximum likelihood, open orders counted, families by AIC
=============================  =====================================================================
"""

from twinkit.inventory.bullwhip import bullwhip_lower_bound
from twinkit.inventory.guaranteed_service import ServicePlan, StagePlan, guaranteed_service
from twinkit.inventory.lead_times import LeadTimeFit, fit_lead_times
from twinkit.inventory.loss import BaseStock, normal_loss, poisson_loss
from twinkit.inventory.lost_sales import LostSales, lost_sales_poisson, lost_sales_poisson_cost
from twinkit.inventory.lot_sizes import (
    LotSize,
    LotWithBackorders,
    Schedule,
    all_units_discount,
    eoq,
    eoq_backorders,
    eoq_cost,
    epq,
    incremental_discount,
    wagner_whitin,
)
from twinkit.inventory.newsvendor import (
    base_stock_normal,
    base_stock_normal_cost,
    base_stock_poisson,
    base_stock_poisson_cost,
    newsvendor,
    newsvendor_cost,
    newsvendor_normal,
    newsvendor_normal_cost,
    newsvendor_poisson,
    newsvendor_poisson_cost,
)
from twinkit.inventory.r_q import ReorderPoint, r_Q_poisson, r_Q_poisson_cost
from twinkit.inventory.s_s import MinMax, s_S_poisson, s_S_poisson_cost
from twinkit.inventory.serial import (
    SerialLevels,
    serial_normal,
    serial_normal_cost,
    serial_poisson,
    serial_poisson_cost,
)
from twinkit.inventory.service_stages import Stage
from twinkit.inventory.supply_network import Flow, Sale, SupplyNetwork
from twinkit.inventory.supply_uncertainty import (
    eoq_additive_yield,
    eoq_disruptions,
    eoq_disruptions_cost,
    eoq_multiplicative_yield,
    newsvendor_additive_yield,
    newsvendor_additive_yield_cost,
    supply_disruptions,
    supply_disruptions_cost,
)
from twinkit.inventory.time_expanded import TimeExpanded
from twinkit.inventory.time_to_survive import Impact, performance_impact, time_to_survive

__all__ = sorted(name for name, thing in vars().items() if getattr(thing, "__module__", "").startswith(f"{__name__}."))
