"""Fingerprints leave defaults out, so a default that changes what is trained must raise the numerics version.

After a change that is meant: add it to CHANGES in seedbed.training.identity, and put the new numbers here.
"""

from seedbed.config import to_plain
from seedbed.models import ModelConfig
from seedbed.tasks import Mixture, WorldConfig
from seedbed.training import Member, TrainingConfig
from seedbed.training.identity import NUMERICS_VERSION

TRAINED_BY_DEFAULT = {
    WorldConfig: {
        "languages": ["A", "B", "C"],
        "words": 8,
        "length": 4,
        "distinct": True,
        "dictionaries": ["A-B", "B-C"],
        "tasks": ["A->B", "B->C", "A->C"],
        "tokens": "word",
        "letters": 1,
        "vocabulary": 0,
        "seed": 0,
    },
    ModelConfig: {
        "width": 64,
        "blocks": 2,
        "heads": 4,
        "feed_forward": 4,
        "context": 40,
        "norm_order": "pre",
        "norm": "rms",
        "bias": False,
        "activation": "relu2",
        "activation_after": False,
        "score_scale": "head",
        "positions": "learned",
        "spare_classes": 0,
        "init": "gpt",
        "mixer": "attention",
        "channels": "mlp",
        "hidden": 0,
        "key_value_heads": 0,
        "window": [],
        "prefix": 0,
        "qkv_bias": None,
        "local_start": False,
        "head_bias": None,
        "tied": False,
        "norm_epsilon": 1e-6,
        "dropout": 0.0,
        "mixer_dropout": 0.0,
        "attention_dropout": 0.0,
        "position_std": None,
        "scaled_residuals": "all",
        "rotary": {"base": 10_000.0, "scaling": "linear", "factor": 1.0},
        "gam": {"slots": 512, "paths": "both", "gated": True, "reads": "weights"},
        "mamba": {"state": 16, "kernel": 4, "expand": 2},
        "experts": {"number": 4, "used": 2, "balance": 0.01, "kind": "mlp"},
    },
    TrainingConfig: {
        "steps": 600,
        "batch": 64,
        "windows": "random",
        "objective": "pooled",
        "optimiser": "adamw",
        "clip": 1.0,
        "b1": 0.9,
        "b2": 0.99,
        "epsilon": 1e-8,
        "schedule": "constant",
        "warmup": 20,
        "decay": 0.2,
        "warmup_from_zero": False,
        "decayed": "matrices",
        "pretraining": 0,
        "shards": 1,
        "averaging": 0.0,
        "patience": 0,
        "precision": "float32",
    },
}


def test_no_default_changes_in_silence():
    assert NUMERICS_VERSION == 3
    for config, expected in TRAINED_BY_DEFAULT.items():
        found = to_plain(config(), defaults=True)
        assert {name: found[name] for name in expected} == expected
        assert set(found) - set(expected) <= {"alphabet"}, "a new field: pin its default here"
    mixture = to_plain(Mixture((("A->B", 1),)), defaults=True)
    assert mixture == {"counts": [["A->B", 1]], "draw": "independent", "shares": [], "replaced": []}
    member = to_plain(Member(Mixture((("A->B", 1),))), defaults=True)
    numbers = {name: member[name] for name in ("init_seed", "data_seed", "learning_rate", "weight_decay", "init_scale")}
    assert numbers == {"init_seed": 0, "data_seed": 0, "learning_rate": 1e-3, "weight_decay": 0.0, "init_scale": 1.0}
    assert member["pretraining"] is None
