"""Comparing tokenizers."""

from pathlib import Path

from error_cases.harness import CASES, Case, case


def tokenizers(name: str, words: str, message: str, files: dict[str, str] | None = None, code: int = 2) -> None:
    """A comparison of tokenizers on a corpus of forty documents, with other `files` at hand."""

    def act(t):
        stories = "<|endoftext|>".join(f"Lily saw {number} dogs. They ran {number} steps." for number in range(40))
        for file, text in {"en.txt": stories, "one.txt": "alone", **(files or {})}.items():
            Path(file).parent.mkdir(parents=True, exist_ok=True)
            Path(file).write_text(text, encoding="utf-8")
        return t.seedbed("tokenizers", *words.split())

    CASES[name] = Case(act, code, message, changes=not code)


tokenizers("tokenizers-action", "compar", "unknown action 'compar': did you mean 'compare'")
tokenizers("tokenizers-no-corpus", "compare", "no corpora are given: name files with --corpus hi.txt")
tokenizers(
    "tokenizers-same-name", "compare --corpus en.txt a/en.txt", "two corpora are called 'en': give them names with"
)
tokenizers(
    "tokenizers-unknown-kind", "compare --corpus en.txt --kinds bep", "unknown kind of tokenizer 'bep': did .*'bpe'"
)
tokenizers(
    "tokenizers-vocabulary", "compare --corpus en.txt --vocabulary 100", "between 257 .* and 1,000,000 .*got 100"
)
tokenizers("tokenizers-general", "compare --corpus en.txt --general eng", "unknown corpus 'eng': did you mean 'en'")
tokenizers(
    "tokenizers-order", "compare --corpus en.txt --order -1", "order of a Renyi entropy .* 0 or more, got -1\\.0"
)
tokenizers("tokenizers-held-out", "compare --corpus en.txt --held-out 1", "above 0 and below 1, got 1")
tokenizers("tokenizers-train-bytes", "compare --corpus en.txt --train-bytes 0", "train_bytes must be at least 1, got 0")
tokenizers(
    "tokenizers-one-document",
    "compare --corpus one.txt",
    "corpus one has 1 documents to learn from and 0 to measure on, .*parts them by <|endoftext|>",
)
tokenizers(
    "tokenizers-no-gold",
    "compare --corpus en.txt --gold en=gold.txt",
    "gold.txt, line 2: a word and its split look like play\\|ed, got 'walked'",
    {"gold.txt": "play|ed\nwalked\n"},
)
tokenizers(
    "tokenizers-no-pairs",
    "compare --corpus en.txt --parallel en=pairs.tsv",
    "pairs.tsv, line 1: expected two sentences separated by a tab",
    {"pairs.tsv": "Help!\n"},
)
tokenizers(
    "tokenizers-no-model",
    "compare --corpus en.txt --imported theirs=a.model",
    "a.model is not a SentencePiece model: name the file that its trainer wrote",
    {"a.model": "nothing of the kind"},
)
tokenizers(
    "tokenizers-other-json",
    "compare --corpus en.txt --imported theirs=tokenizer.json",
    "tokenizer.json was not written by Seedbed",
    {"tokenizer.json": '{"model": {}}'},
)
tokenizers(
    "tokenizers-damaged",
    "compare --corpus en.txt --imported theirs=tokenizer.json",
    "tokenizer.json is damaged, or was not written by Seedbed: KeyError",
    {"tokenizer.json": '{"format": 1, "config": {}, "engine": {}, "kept": null}'},
)
tokenizers(
    "tokenizers-folder",
    "compare --corpus en.txt --out mine",
    "'mine' exists and is not a tokenizer comparison: nothing was overwritten",
    {"mine/notes.txt": "keep me"},
)


@case("tokenizers-white", 2, "learnt from words, and the text has none")
def tokenizers_white(t):
    from seedbed.data.tokenizers import TokenizerConfig, train_tokenizer

    t.monkeypatch.setattr(
        "seedbed.experiments.tokenizer_comparison.read_corpora",
        lambda _: train_tokenizer(TokenizerConfig("unigram"), [" \n "]),
    )
    return t.seedbed("tokenizers", "compare", "--corpus", "en.txt")


@case("tokenizers-cannot-express", 0, "bytes per token \\(byte\\)", changes=True)
def tokenizers_cannot_express(t):
    import polars as pl
    from sentencepiece import SentencePieceTrainer

    settings = {"vocab_size": 8, "hard_vocab_limit": False, "minloglevel": 2}
    SentencePieceTrainer.train(sentence_iterator=iter(["ab ba abba"] * 20), model_prefix="ab", **settings)
    Path("snow.txt").write_text("<|endoftext|>".join(f"{number} a\u2603" for number in range(40)), encoding="utf-8")
    words = ["--corpus", "snow.txt", "--kinds", "byte", "--imported", "theirs=ab.model", "--out", "counted"]
    done = t.seedbed("tokenizers", "compare", *words)
    counted = pl.read_csv("counted/tokenizers.csv").filter(kind="theirs")["unknown_tokens"].item()
    assert counted > 0 and f"{counted:,} unknown tokens" in Path("counted/report.md").read_text()
    return done
