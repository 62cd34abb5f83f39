"""The web page: sliders over a desk, and what they change, within a second.

    address.py    where it listens
    server.py     starts Streamlit on this machine
    main.py       what Streamlit runs at every move of a slider
    frame.py      the page around every view: scenario, sliders, undo, save, share
    session.py    one visitor's settings, with undo, and the desk that they give
    settings.py   which scenario, what was changed: as a link holds them
    desks.py      scenarios that can be looked at: shipped, given at the start, visitors' own
    fitting.py    exports that a visitor uploads, fitted and forgotten
    sharing.py    save, export, link
    looking.py    the figures of a visitor's desk, and how to have them within a second
    asking.py     figures that no export holds, as plain questions
    levers.py     what sliders move in a scenario
    sliders.py    levers as sliders, at the side and beside charts
    jobs.py       long studies in the background, with progress and cancel
    keeping.py    what a page made of one visitor's settings, while they stay
    showing.py    charts, tables and text as HTML of ours, all text escaped
    cards.py      KPIs as cards
    handle.py     a chart with a threshold that one drags
    views/        one file for each page

No figure is made here: the live runner and the studies make them, and the report's charts and words show them.
"""
