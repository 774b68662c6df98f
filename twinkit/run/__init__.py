"""Running worlds: scenarios, ensembles and their engines, KPIs and statistics."""
