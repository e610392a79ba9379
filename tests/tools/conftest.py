from training.small_text import corpus, data, text  # noqa: F401 - fixtures
