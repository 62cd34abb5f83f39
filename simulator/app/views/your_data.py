"""Your data."""


def show() -> None:
    """Show the page."""
