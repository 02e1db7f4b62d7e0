"""Layer `cli`: one command line; each command is a file, its options are a frozen dataclass."""
