"""Where the page listens unless somebody asks for more; the command's help reads this without loading the page."""

LOOPBACK = "127.0.0.1"
OURS = (LOOPBACK, "localhost", "::1")
"""Names under which this machine alone reaches itself."""
PORT = 8501
