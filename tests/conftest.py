"""How every test runs: one thread and cached programs as in a worker, shapes checked, ranks and types strict."""

import os
import tempfile
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

os.environ.update(
    {f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL")},
    PJRT_NPROC="1",
    JAX_PLATFORMS="cpu",
    SEEDBED_CACHE=os.environ.get("SEEDBED_CACHE") or str(Path(tempfile.gettempdir()) / f"seedbed-tests-{os.getuid()}"),
)

import jax
import pytest
from hypothesis import HealthCheck, settings
from jaxtyping import install_import_hook

CHECKED = ["models", "tasks", "data", "evaluation", "training", "interpretability"]
install_import_hook([f"seedbed.{layer}" for layer in CHECKED], "beartype.beartype")

from seedbed.training.environment import configure_jax  # noqa: E402 (checked from here on)

configure_jax()
settings.register_profile(
    "seedbed", derandomize=True, deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("seedbed")


@pytest.fixture(autouse=True)
def strict_types(request):
    """No silent change of number type in what tasks, models and evaluation compute."""
    if request.path.parent.name in {"tasks", "models", "evaluation"}:
        with jax.numpy_dtype_promotion("strict"):
            yield
    else:
        yield


@pytest.fixture(scope="session")
def synthetic():
    """The module `synthetic_run.py` beside this file, which builds runs whose curves are made by rule."""
    path = Path(__file__).with_name("synthetic_run.py")
    found = spec_from_file_location("synthetic_run", path)
    assert found is not None and found.loader is not None
    module = module_from_spec(found)
    found.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def synthetic_run(synthetic, tmp_path_factory):
    """The folder of such a run; to be read only."""
    return synthetic.build(tmp_path_factory.mktemp("synthetic") / "run")
