"""The web page: sliders over a desk, and what they change, within a second.

    address.py          where it listens
    server.py           starts Streamlit on this machine
    main.py             what Streamlit runs at every move of a slider
    frame.py            the page around every view: scenario, sliders, undo, save, share
    session.py          one visitor's settings, as a link holds them, with undo and the scenario that they give
    desks.py            scenarios that can be chosen: shipped, given at the start, visitors' own
    page_state.py       the figures that a page shows, and what was made of them, kept while the settings stay
    jobs.py             long studies in the background, with progress and cancel
    levers.py           what sliders move in a scenario
    sliders.py          those sliders, at the side and beside charts
    handle.py           a chart with a threshold that can be dragged
    widgets.py          charts, tables and text as HTML of ours, all text escaped
    cards.py            KPI cards: a figure beside the desk without AI, the desk as loaded, and the pilot's gates
    fitting.py          exports that a visitor uploads, fitted and forgotten
    missing_answers.py  figures that no export holds, as plain questions
    sharing.py          save, export, link
    views/              one file for each page, named like its folder in `studies` and `report` where it has one

No figure is made here: the live runner and the studies make them, and the report's charts and words show them.
"""
