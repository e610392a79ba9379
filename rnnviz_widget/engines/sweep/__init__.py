"""The engine for recurrent layers with known equations: all rows in one pass backwards."""
