"""Tuning: which confidence thresholds to start with.

space         whose thresholds may be set, and the desk that lives by them
stakes        what the AI's word changes for a ticket by itself
static_rule   the best thresholds at a fixed price of a human minute, and the frontier that this price traces
goal          objective and guard-rails
search        settings that are worth a closer look
choice        the best of the finalists, with a stated probability
robustness    thresholds that are as good, and errors of the AI's calibration
study         all of it, in order
tables        what it writes
"""
