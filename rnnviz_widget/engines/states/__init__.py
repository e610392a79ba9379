"""Hidden states, gates and activations of a network on a text: read, set, and explained."""
