"""From text8 to trained and measured autocomplete models. Command line: see `__main__`."""
