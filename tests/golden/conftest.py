"""Scripts that make golden numbers import the sources' code: they are not collected for doctests."""

collect_ignore_glob = ["make_*.py", "making.py"]
