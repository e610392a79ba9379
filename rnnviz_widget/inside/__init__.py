"""What goes on inside a model: which units are on where, how long they remember, what they mean."""
