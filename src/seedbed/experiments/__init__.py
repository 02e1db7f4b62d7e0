"""Layer `experiments`: one file per published result (configs, claims, report), and what runs and records them."""
