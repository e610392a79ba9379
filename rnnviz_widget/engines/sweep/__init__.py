"""The engine for recurrent layers whose equations are known."""
