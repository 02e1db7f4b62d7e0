"""Layer `data`: corpora, their splits and duplicates, token caches and windows, and a generated story world."""

from seedbed.data.cloze import cloze_probes, minimal_pairs, story_probes
from seedbed.data.corpus import CorpusConfig, Document
from seedbed.data.documents import documents
from seedbed.data.facts import fact_probes
from seedbed.data.probes import Probe, ProbeSet, encoded, keep_probes, kept_probes
from seedbed.data.sliding import SlidingWindows, chosen_documents, documents_of, sliding_blocks, sliding_windows
from seedbed.data.splits import Overlap, split_of
from seedbed.data.story_questions import StoryQuestion, story_questions
from seedbed.data.story_world import Facts, Story, StoryWorldConfig, facts, stories, story
from seedbed.data.text_config import SplitSize, TextConfig, cache_of, text_of
from seedbed.data.token_cache import TokenCache, prepare
from seedbed.data.token_files import TokenSplit
from seedbed.data.windows import TextBatches, TextWindows

__all__ = [
    "CorpusConfig",
    "Document",
    "Facts",
    "Overlap",
    "Probe",
    "ProbeSet",
    "SlidingWindows",
    "SplitSize",
    "Story",
    "StoryQuestion",
    "StoryWorldConfig",
    "TextBatches",
    "TextConfig",
    "TextWindows",
    "TokenCache",
    "TokenSplit",
    "cache_of",
    "chosen_documents",
    "cloze_probes",
    "documents",
    "documents_of",
    "encoded",
    "fact_probes",
    "facts",
    "keep_probes",
    "kept_probes",
    "minimal_pairs",
    "prepare",
    "sliding_blocks",
    "sliding_windows",
    "split_of",
    "stories",
    "story",
    "story_probes",
    "story_questions",
    "text_of",
]
