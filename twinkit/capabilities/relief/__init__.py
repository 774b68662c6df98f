"""Relief: who gets what there is, what waiting costs, and where to keep goods before a disaster."""
