"""What a help desk exports: tickets, an AI's shadow log and rosters, read, checked and counted."""
