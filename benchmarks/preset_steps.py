"""The training step of a preset as a worker takes it: one process, pinned to one core, with one thread.

Run by `benchmarks.presets_against_torch`. It prints a line when it is ready, and for each line that it reads takes the
steps and prints their seconds, by the clock and of the processor.
usage: python -m benchmarks.preset_steps FILE.npz NAME STEPS CORE
"""

import json
import os
import sys
import time

from seedbed.training.environment import ONE_THREAD, configure_jax, pin_to_core

RATE, DECAY = 3e-4, 0.1


def main() -> None:
    """Compile, warm up, and take steps when asked."""
    path, name, steps, core = sys.argv[1:]
    os.environ.update(ONE_THREAD)
    pin_to_core(int(core))
    configure_jax()

    import equinox as eqx
    import jax
    import jax.numpy as jnp
    import numpy as np

    from seedbed.models import PRESETS, LanguageModel
    from seedbed.training import PopulationConfig, TrainingConfig
    from seedbed.training.optimiser import optimiser
    from seedbed.training.program import CHUNK, ChunkBatches, Hyperparameters, State, take_steps

    token_SBW = np.load(path)["token_SBW"][: int(steps)]
    preset = PRESETS[name]
    training = TrainingConfig(batch=token_SBW.shape[1], steps=10_000, b1=0.9, b2=0.95, warmup=0)
    config = PopulationConfig(model=preset.model, training=training)
    member = Hyperparameters(jnp.uint32(0), jnp.float32(RATE), jnp.float32(DECAY), jnp.float32(1))
    model = jax.jit(lambda key: LanguageModel(preset.model, preset.vocabulary, key=key))(jax.random.key(0))
    start = jax.jit(optimiser(training, member.learning_rate, member.weight_decay).init)(model)
    padded = np.pad(token_SBW, [(0, CHUNK - len(token_SBW)), (0, 0), (0, 0)])
    batches = ChunkBatches(
        jnp.asarray(padded, jnp.int32 if preset.vocabulary > 2**15 else jnp.int16),
        jnp.zeros(padded.shape, jnp.int16),
        jnp.ones(padded.shape[:2], bool),
    )
    run = eqx.filter_jit(lambda state, steps: take_steps(config, member, state, batches, steps), donate="none")
    state = State(model, start, jnp.zeros((), jnp.int32))
    jax.block_until_ready(run(state, jnp.int32(1)))
    print("ready", flush=True)
    for _ in sys.stdin:
        began, used = time.perf_counter(), time.process_time()
        state, losses = jax.block_until_ready(run(state, jnp.int32(len(token_SBW))))
        print(json.dumps([time.perf_counter() - began, time.process_time() - used]), flush=True)
        assert np.isfinite(losses.nats).all()


if __name__ == "__main__":
    main()
