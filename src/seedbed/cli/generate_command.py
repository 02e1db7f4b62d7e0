"""Generate text with a model, token by token.

RUN is a run or the folder of an imported model. From a run, the first finished member is used unless another one is
named; its prompt consists of words of its world, separated by spaces. If a prompt is longer than the context, only its
last context - 1 tokens are used, and the command says so. When a text outgrows the context, generation continues from
its second half; a model with ALiBi or without positions remembers everything. Generation stops at an end-of-text token,
if the model produces one before the last token.

The repetition penalty is applied first, then temperature, top-k, top-p and min-p. The same seed gives the same texts,
and the third of five samples equals the third of three.
"""

from dataclasses import dataclass

from seedbed.cli import output
from seedbed.cli.flags import positional
from seedbed.config import UsageError

MOST_SAMPLES = 4096


@dataclass(frozen=True)
class Arguments:
    """run: folder of a run or of a model.  prompt: beginning of the text.  tokens: largest number of tokens to
    generate.  temperature: the logits are divided by this number; 0 always takes the most likely token.  top_k: number
    of most likely tokens that are kept; 0 keeps all.  top_p: keep the fewest most likely tokens that together have this
    probability.  min_p: smallest probability of a token that is kept, as a fraction of the probability of the most
    likely token.  repetition_penalty: divides the logits of tokens that occurred before.  seed: seed of the sampling.
    samples: number of texts.  member: name of a member of the run, or the beginning of its name; by default the first
    finished one.  json: print one JSON value.  quiet: do not report the speed.
    """

    run: str = positional()
    prompt: str = positional("")
    tokens: int = 200
    temperature: float = 1.0
    top_k: int = 0
    top_p: float = 1.0
    min_p: float = 0.0
    repetition_penalty: float = 1.0
    seed: int = 0
    samples: int = 1
    member: str | None = None
    json: bool = False
    quiet: bool = False


def execute(arguments: Arguments) -> int:
    """Read the model, print what it says."""
    import os

    from seedbed.training.environment import ONE_THREAD, configure_jax, visible_cores

    threads = min(len(visible_cores()), -(-arguments.samples // 8))
    for name, value in ONE_THREAD.items():  # the products of one token are too small for several threads
        os.environ.setdefault(name, str(threads) if name == "PJRT_NPROC" else value)
    configure_jax()
    from seedbed.cli.sources import open_source
    from seedbed.models import Sampling

    sampling = Sampling(
        arguments.temperature, arguments.top_k, arguments.top_p, arguments.min_p, arguments.repetition_penalty
    )
    if not 1 <= arguments.samples <= MOST_SAMPLES:
        raise UsageError(f"samples must lie in 1..{MOST_SAMPLES}, got {arguments.samples}")
    if not 0 <= arguments.seed < 2**32:
        raise UsageError(f"seed must lie in 0..2^32 - 1, got {arguments.seed}")
    source = open_source(arguments.run, arguments.member)
    if source.tokenizer is None:
        raise UsageError(f"{arguments.run} has no tokenizer: import the model again with --tokenizer FILE")
    _say(arguments, source, sampling, threads)
    return 0


def _say(arguments: Arguments, source, sampling, threads: int) -> None:
    import sys
    import time

    import jax

    from seedbed.interop import decode
    from seedbed.models import stream, surplus

    prompt = source.tokenizer.encode(arguments.prompt)
    chunks = stream(
        source.model, [prompt] * arguments.samples, arguments.tokens, sampling, jax.random.key(arguments.seed),
        stop=source.tokenizer.stop, threads=threads,
    )  # fmt: skip
    cut = surplus(source.model, len(prompt))
    if cut and not arguments.json:
        print(
            f"the prompt has {len(prompt)} tokens but the context only {source.model.config.context}: the first {cut} "
            "tokens are left out",
            file=sys.stderr,
        )
    live = None if arguments.json or arguments.samples > 1 else _Live(source.tokenizer, prompt)
    rows: list[list[int]] = [[] for _ in range(arguments.samples)]
    start = time.perf_counter()
    for chunk in chunks:
        for row, new in zip(rows, chunk, strict=True):
            row.extend(new)
        if live:
            live.show(chunk[0])
    seconds = time.perf_counter() - start
    if live:
        live.end()
    texts = [decode(source.tokenizer, [*prompt, *row]) for row in rows]
    if arguments.json:
        samples = [{"text": text, "tokens": row} for text, row in zip(texts, rows, strict=True)]
        output.write_json({"member": source.member, "prompt": prompt, "left_out": cut, "samples": samples})
        return
    if not live:
        for number, text in enumerate(texts, start=1):
            output.write(f"sample {number}\n{text}\n")
    if not arguments.quiet:
        count = sum(map(len, rows))
        whose = f"member {source.member}: " if source.member else ""
        speed = f"{count} tokens in {seconds:.2f} s including compilation: {count / seconds:.0f} per second"
        print(whose + speed, file=sys.stderr)


class _Live:
    """A text that is printed while it grows; bytes of a character that is not whole yet wait for the rest."""

    def __init__(self, tokenizer, prompt: list[int]):
        import codecs

        self._tokenizer, self._last = tokenizer, None
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self.show(prompt)

    def show(self, tokens: list[int]) -> None:
        """Print what these add."""
        text = ""
        for token in tokens:
            text += self._decoder.decode(self._tokenizer.piece(self._last, token))
            self._last = token
        output.write(text, end="")

    def end(self) -> None:
        """Print what waits, and end the line."""
        output.write(self._decoder.decode(b"", True))
