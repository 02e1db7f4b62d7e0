"""What the original code of section 3.1 does with `alone`, 50 examples of A->C: its tokens, its test, its losses.

Writes `corpus2gpt-alone.json` beside this file. Runs the code of https://github.com/abhaskumarsinha/Corpus2GPT (commit
0e92462, Apache-2.0) as it stands, from a checkout that is named, with Keras 3 and SentencePiece, which Seedbed's own
tests do not need:

    KERAS_BACKEND=jax python tests/golden/make_corpus2gpt_alone.py --source CHECKOUT

About five minutes on two cores for three seeds of 100 epochs, which are 100 steps.
"""

import argparse
import json
import sys
import tempfile
from contextlib import chdir
from importlib.metadata import version
from pathlib import Path

import numpy as np

SEEDS = 3  # of the training runs
TOKENIZERS, PROMPTS = 8, 400  # of the perfect translator's score
EPOCHS, SHOWN = 100, (1, 4, 10, 25, 50, 75, 100)
WORDS, LENGTH, VOCABULARY, CONTEXT, SHOTS = 8, 4, 30, 45, 6
DECODED, COMPARED = 8, 7  # the notebook's test: tokens decoded, last characters compared


class Perfect:
    """Goes on as the text does: the right answer, its end, and the next example."""

    def __init__(self, pieces, dictionary: dict[str, str], draw):
        self.pieces, self.dictionary, self.draw = pieces, dictionary, draw

    def generate(self, prompt: str, limit: int, k_value: int) -> str:
        """The last tokens of the prompt and `limit` more, as text; the notebook's inference does the same."""
        del k_value
        question = prompt.split("|")[-1].split()[:-1]
        answer = " ".join(self.dictionary[word] for word in question)
        source, target, _ = self.draw()
        whole = self.pieces.encode_as_ids(f"{prompt} {answer} | {source} . {target} |")
        start = len(self.pieces.encode_as_ids(prompt))
        return self.pieces.decode_ids(whole[: start + limit][-CONTEXT:])


def main(checkout: str) -> None:
    """Run the original and write what it gave."""
    folder = Path(__file__).parent
    with tempfile.TemporaryDirectory() as scratch, chdir(scratch):
        Path("Corpus2GPT").symlink_to(Path(checkout).resolve())
        sys.path.insert(0, scratch)
        found = {
            "source": "Corpus2GPT, commit 0e92462, run by make_corpus2gpt_alone.py; notebook settings of section 3.1",
            "versions": {name: version(name) for name in ("keras", "jax", "sentencepiece")},
            "training": [trained(seed) for seed in range(SEEDS)],
            "perfect_translator": {
                name: [perfect(seed, examples) for seed in range(TOKENIZERS)]
                for name, examples in (("alone", {"A->C": 50}), ("hinted", {"A->B": 2500, "B->C": 2500, "A->C": 50}))
            },
        }
    (folder / "corpus2gpt-alone.json").write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n")


def text_and_tokenizer(seed: int, examples: dict[str, int]):
    """The data set, its file and its tokenizer, made by the original's own functions."""
    import keras
    from Corpus2GPT.tokenizer.tokenizer import SPM_Tokenizer
    from Corpus2GPT.utils.SyntheticDatasets.LanguagePairDataset import LanguagePairDataset

    keras.utils.set_random_seed(seed)
    data = LanguagePairDataset()
    for _ in "ABC":
        data.create_vocabs(WORDS, 1)
    for number, (task, count) in enumerate(examples.items()):
        there, back = data.create_map(*("ABC".index(language) for language in task.split("->")))
        data.write_dataset_to_file(
            there, back, LENGTH, count, "text.txt", append=number > 0, instance_split="|", sentence_split="."
        )
    SPM_Tokenizer(vocab_size=VOCABULARY, corpus="text.txt")
    return data, SPM_Tokenizer(vocab_model_file="tokenizer_.model", input_size=CONTEXT + 1)


def trained(seed: int) -> dict:
    """The losses of one run, with what it read."""
    import keras
    from Corpus2GPT.models.GPT import build_GPT

    _, tokenizer = text_and_tokenizer(seed, {"A->C": 50})
    pieces = tokenizer.tokenizer
    ((source, target),) = tokenizer.load_dataset(["text.txt"])
    source, target = np.array(source), np.array(target)
    model, _ = build_GPT(CONTEXT, VOCABULARY, 400, 2, 0, 20, 20, 5, 1e-6, keras.optimizers.Adam(1e-4, clipnorm=1.0))
    losses = model.fit(source, target, batch_size=256, epochs=EPOCHS, verbose=0).history["loss"]
    text = Path("text.txt").read_text()
    return {
        "seed": seed,
        "parameters": model.count_params(),
        "text": text,
        "pieces": " ".join(pieces.id_to_piece(number) for number in range(pieces.get_piece_size())),
        "windows": len(source),
        "tokens_an_instance": len(pieces.encode_as_ids(text.replace("\n", " "))) / 50,
        "first_window": " ".join(map(str, [*source[0], target[0, -1]])),
        "last_window": " ".join(map(str, [*source[-1], target[-1, -1]])),
        "loss": {str(epoch): round(float(losses[epoch - 1]), 5) for epoch in SHOWN},
    }


def perfect(seed: int, examples: dict[str, int]) -> float:
    """Mean score of a perfect translator of A->C by the notebook's test, with the tokenizer of one text."""
    data, tokenizer = text_and_tokenizer(seed, examples)
    there, back = data.create_map(0, 2)
    model = Perfect(tokenizer.tokenizer, there, lambda: data.create_translate_language_instance(there, back, LENGTH))
    return float(
        np.mean(
            [
                data.evaluate_model_accuracy(there, back, LENGTH, model, DECODED, COMPARED, num_prompts=SHOTS)
                for _ in range(PROMPTS)
            ]
        )
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--source", required=True, help="a checkout of Corpus2GPT")
    main(parser.parse_args().source)
