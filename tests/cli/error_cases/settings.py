"""Settings that cannot be."""

from error_cases.harness import CASES, Case, refused

refused("unknown-language", "run tiny --world.tasks A->X", "unknown language 'X' in task 'A->X': Known: A, B")
refused("too-long-sentence", "run tiny --world.length 6", "6 distinct words needs at least 6 .*got 5")
refused(
    "letters-in-pieces",
    "run tiny --world.letters 3 --world.tokens piece",
    "a mark and one letter a word, got words of 3 letters: set world.tokens to word or piece-learned",
)
refused("too-many-letters", "run tiny --world.letters 17", "a word may have 16 letters, got 17")
refused("too-few-spellings", "run tiny --world.letters 2 --world.words 200", "need 800 possible spellings.*have 676")
refused("vocabulary-without-learning", "run tiny --world.vocabulary 40", "needs world.tokens piece-learned; got 40")
refused(
    "pieces-not-learned",
    "run tiny --evaluation.shots 1 --world.tokens piece-learned --examples 1",
    "16 pieces cannot be learned from this stream \\(.*give more examples",
)
refused(
    "learned-prompts-differ",
    "run tiny --evaluation.shots 1 --world.tokens piece-learned --evaluation.bayes 4",
    "evaluation.bayes needs prompts of one length",
)
refused(
    "learned-pretraining",
    "run tiny --evaluation.shots 1 --world.tokens piece-learned --training.pretraining 2",
    "training.pretraining must be 0 with world.tokens piece-learned, got 2",
)
refused("too-few-symbols", "run tiny --world.alphabet abcdef", "6")
refused(
    "no-path", "run tiny --world.dictionaries=", "'A->B' cannot be composed: no path of dictionaries connects A and B"
)
refused("too-many-distinct", "run tiny --examples 21 --draw distinct", "21 distinct examples of A->B .*20 exist")
refused("shots-beyond-context", "run tiny --evaluation.shots 4", "4 shots .* are \\d+ tokens, the context is 24")
refused("coverage-impossible", "run tiny --evaluation.coverage 3", "coverage.*3")
refused("heads-do-not-divide", "run tiny --model.heads 3", "3 heads do not divide a width of 8; try 2")
refused("needs-experts", "run tiny --model.experts.number 8", "model.experts needs the channels experts, got mlp")
refused("not-of-this-model", "run tiny --model.gam.slots 8", "model.gam needs model.mixer gam, got attention: omit")
refused("groups-do-not-divide", "run tiny --model.key-value-heads 4", "4 do not divide 2; try 2")
refused("needs-attention", "run tiny --model.mixer linear --model.prefix 3", "model.prefix needs the mixer attention")
refused("odd-rotation", "run tiny --model.width 6 --model.positions rotary", "must be even, got 6 and 2")
refused(
    "one-wavelength",
    "run tiny --model.width 4 --model.positions rotary --model.rotary.scaling ntk --model.rotary.factor 2",
    "must be at least 4, got 4 and 2; use linear",
)
refused("prefix-of-all", "run tiny --model.prefix 24", "leave a token of the context of 24 to predict, got 24")
refused("tied-spare", "run tiny --model.tied --model.spare-classes 1", "a tied head has no spare classes.*got 1")
refused("experts-used", "run tiny --model.experts.used 5", "must lie in 1..4, the number of experts, got 5")
refused("out-of-range", "run tiny --training.batch 0", "training.batch must be at least 1, got 0")
refused("no-seeds", "run tiny --seeds 0", "at least 1 seed.*got 0")
refused("no-workers", "run tiny --workers 0", "workers must be at least 1, got 0")
refused("too-many-seeds", "run tiny --seeds 1000000", "at most 100,000 seeds.*got 1000000 seeds starting at 0")
refused(
    "seeds-beyond-32-bits", "run tiny --first-seed 4294967295", "all below 2\\^32; got 2 seeds starting at 4294967295"
)
refused(
    "too-many-steps", "run tiny --training.steps 99999999", "training.steps may be at most 10,000,000, got 99,999,999"
)
refused(
    "too-many-examples", "run tiny --examples 99999999999", "may hold 10,000,000 examples, got 99,999,999,999 of A->B"
)
refused("not-finite", "run triangle --learning-rate inf", "learning_rate must be a finite number above 0, got inf")
refused("no-shots", "run triangle --evaluation.shots 0", "evaluation.shots must be at least 1, got 0")
refused(
    "task-not-taught", "run triangle --world.tasks A->B", "needs the tasks A->B, B->C and A->C, this world has A->B"
)
refused("unknown-task", "run tiny --evaluation.tasks B->A", "unknown task 'B->A' in evaluation.tasks: ")
refused("no-task", "run tiny --world.tasks=", "a world needs at least one task to be taught or tested, such as A->B")
refused(
    "not-two-languages", "run tiny --world.tasks A=B", "a task is two different languages joined by '->', .*got 'A=B'"
)
refused("named-twice", "run tiny --world.languages A B A", "languages must have different names, got A, B, A")
refused("too-many-sentences", "run tiny --world.words 50 --world.length 14", "can be kept track of")
refused("cut-beyond-context", "run tiny --evaluation.paper-cuts 25", "may not exceed the context of 24, got 25")
refused("batch-not-quartered", "run hints --training.batch 30", "training.batch must be a multiple of 4 .*got 30")
refused("hints-unknown-arm", "run hints --arms alon", "unknown arm 'alon': did you mean 'alone'")
refused("paper-unknown-condition", "run paper-3.1 --conditions alon", "unknown condition 'alon': did you mean 'alone'")
refused("hints-dose-twice", "run hints --doses 8,8", "0 or more, each given once; got 8, 8")
refused(
    "position-std-unlearned",
    "run tiny --model.positions rotary --model.position-std 0.02",
    "model.position_std needs the positions learned, got rotary: omit it",
)
refused(
    "scaled-residuals",
    "run tiny --model.init torch --model.scaled-residuals mixer",
    "model.scaled_residuals needs the init gpt, got torch: omit it",
)
refused(
    "attention-dropout",
    "run tiny --model.mixer gru --model.attention-dropout 0.1",
    "model.attention_dropout needs the mixer attention, got gru: omit it",
)
refused("no-mixer", "run recall --mixers gam,gam", "at least one name, each given once; got gam, gam")
refused("unknown-mixer", "run recall --mixers gamm", "unknown mixer 'gamm': did you mean 'gam'")
refused("mixer-set-twice", "run zoo --model.mixer gru", "sets model.mixer itself: choose models with --mixers; got gru")
refused(
    "dose-of-nothing",
    "run zoo --doses 0",
    "at least 1 hint in the triangle and in every dose, with each dose given once; got 50 and \\[0\\]",
)
refused("recall-beyond-context", "run recall --model.context 32", "32 tokens needs model.context .* least 33, got 32")
refused("recall-too-few-keys", "run recall --world.keys 5", "each of 6 distances: .* got 5")
refused("recall-too-near", "run recall --world.distances 1", "at least 2, got 1")
refused(
    "recall-distances",
    "run recall --world.distances 4,4",
    "world.distances must hold at least one number, each given once; got",
)
refused("recall-values", "run recall --world.values 1", "world.values must be at least 2.* got 1")
refused("recall-kinds", "run recall --world.kinds recall,recall", "world.kinds must hold recall, induction or both")
refused("recall-shots", "run recall --evaluation.shots 1", "no examples to show: evaluation.shots must be 0, got 1")
refused("texts-nowhere", "run stories-grid --data nowhere", r"folder of texts 'nowhere' \(--data\) does not exist")
refused("grid-sizes", "run stories-grid --widths 64,64", "widths must hold at least one number, .* got \\[64, 64\\]")
refused("grid-few-questions", "run stories-grid --items 10", "items must be at least 20, .*got 10")
refused("texts-without-the-file", "run stories-grid --data .", "holds no tinystories/tinystories-train.txt")
refused("gam-models", "run gam --models gamm", "unknown model 'gamm': did you mean 'gam'")
refused("gam-passes", "run gam --passes 0", "passes must be a finite number above 0, got 0")
refused("regional-levels", "run regional --levels smal", "unknown level 'smal': did you mean 'small'")
refused("regional-few-sentences", "run regional --sentences 3", "at least 20 per language, got 3")
refused("regional-flops", "run regional --small-flops 0", "small_flops must be a finite number above 0, got 0")
refused("recall-pretraining", "run recall --training.pretraining 5", "training.pretraining must be 0, got 5")
refused("mixture-unreadable", "run world --mixture A->B=5", "such as \"A->B:2500,A->C:50\" .* got 'A->B=5'")
refused("mixture-of-nothing", "run world --mixture A->B:0", "needs at least one example of some task, got none")
refused("mixture-unknown-task", "run world --world.tasks A->B --mixture B->C:5", "unknown task 'B->C' in the mixture: ")
refused("mixture-unknown-language", "run world --mixture A->B:5,B->X:5", "unknown language 'X' in task 'B->X': ")
refused(
    "mixture-no-path",
    "run world --world.dictionaries A-B,C-D --mixture A->C:5",
    "'A->C' cannot be composed: no path",
)
refused("too-few-to-cross", "run crossed --inits 1", "inits must be at least 2 to be crossed, got 1")
refused("too-many-nudged", "run crossed --nudged 65", "nudged must lie in 0\\.\\.64, the number of cells, got 65")
refused(
    "no-lone-pair", "run crossed --twins 1 --twin-hints 400", "of 200 with 400 hints 0 do: set twin_hints nearer to 8"
)
refused("no-spare-sentence", "run crossed --corpus 1680", "a corpus of all 1680 sentences leaves none")


def replaced(name: str, value: str, message: str) -> None:
    """A mixture whose replacements cannot be."""
    settings = ["--draw", "distinct", "--examples", "12", "--replaced", value]
    CASES[name] = Case(lambda t: t.seedbed("run", "tiny", *settings), 2, message)


replaced("replaced-unknown-task", '[["A->C", 0, 5]]', "task in mixture.replaced: 'A->C'")
replaced("replaced-no-place", '[["A->B", 12, 5]]', "place 12 of A->B, which has 12 examples: places count from 0")
replaced("replaced-twice", '[["A->B", 1, 5], ["A->B", 1, 6]]', "may name a place once")
replaced("replaced-no-sentence", '[["A->B", 1, 20]]', "sentence number 20: this world has numbers 0 to 19")
replaced("replaced-repeats", '[["A->B", 1, 11]]', "sentence 11 of A->B at place 1, but it stands at place 0 already")
