"""Money: what a desk pays for, as one table that the run's bill, the year's cash flow and the search's stakes read.

price_plan    field of the price plan → the activity it multiplies → line of the bill
"""
