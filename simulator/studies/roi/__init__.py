"""The business case: whether the AI pays over a year, month by month, and how sure that is.

plan           weeks that were simulated laid out over months
cash_flow      months priced: lines of money, ROI, payback, net present value
inputs         which figures of a scenario are uncertain, and what they may be
draws          the outer loop's design: inputs drawn together, shares kept at 100 %
outlook        what the draws say, simulation noise apart
sensitivity    tornado, and what each assumed figure could change
break_even     where the case just breaks even
study          all of it, in order
tables         what is written beside the page
"""
