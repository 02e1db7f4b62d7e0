"""The words and phrasings of the story world: plain, short, as a child of four or five hears them.

In a phrasing {a} does something, {b} is somebody else, {o} an object, {p} a place (all fit "in the ..."); {he} and
{his} are {a}'s, capital letters begin a sentence. What a phrasing says must be what its event does, and nothing more.
"""

PEOPLE = (
    ("Lily", "girl", "she"), ("Mia", "girl", "she"), ("Anna", "girl", "she"), ("Sue", "girl", "she"),
    ("Rosa", "girl", "she"), ("Jane", "girl", "she"), ("Nina", "girl", "she"), ("Amy", "girl", "she"),
    ("Tom", "boy", "he"), ("Ben", "boy", "he"), ("Sam", "boy", "he"), ("Tim", "boy", "he"),
    ("Leo", "boy", "he"), ("Jack", "boy", "he"), ("Omar", "boy", "he"), ("Finn", "boy", "he"),
    ("Max", "dog", "he"), ("Spot", "dog", "he"), ("Coco", "cat", "she"), ("Momo", "cat", "she"),
    ("Hop", "rabbit", "he"), ("Bella", "rabbit", "she"), ("Bruno", "bear", "he"), ("Dot", "mouse", "she"),
    ("Pip", "mouse", "he"), ("Foxy", "fox", "she"), ("Quack", "duck", "he"), ("Olga", "owl", "she"),
)  # fmt: skip
PLACES = (
    "park", "garden", "kitchen", "forest", "barn", "yard", "attic", "shop", "library", "field", "cave", "castle",
    "bedroom", "meadow", "tent", "cellar", "tower", "bakery",
)  # fmt: skip
THINGS = (
    "ball", "kite", "doll", "hat", "book", "drum", "cup", "bell", "apple", "cake", "shell", "flower", "stick", "spoon",
    "box", "blanket", "lamp", "truck", "boat", "ring", "coin", "feather", "basket", "scarf",
)  # fmt: skip
LOOKS = (
    "red", "blue", "green", "yellow", "big", "small", "old", "new", "shiny", "soft", "pretty", "round", "funny", "tiny",
)  # fmt: skip

ONCE = (
    "Once upon a time, there was a {look} {kind} named {a}.",
    "There once was a {look} {kind} called {a}.",
    "This is a story about {a}, a {look} {kind}.",
    "{a} was a {look} {kind}.",
    "Long ago, there lived a {look} {kind} named {a}.",
    "Once there was a {kind} whose name was {a}. {He} was {look}.",
)
NATURES = ("little", "kind", "happy", "brave", "clever", "quiet", "funny", "curious", "young", "gentle")
FIRST_PLACE = (
    "One day, {a} was in the {p}.",
    "One sunny morning, {he} was in the {p}.",
    "It was a warm day, and {a} was in the {p}.",
    "One afternoon, {a} sat in the {p}.",
    "Early one morning, {a} woke up in the {p}.",
    "On a rainy day, {he} was in the {p}.",
)
FRIEND = (
    "{His} friend {b}, a {kind}, was in the {p}.",
    "{a} had a friend, a {kind} named {b}. {b} was in the {p}.",
    "A {kind} named {b} was in the {p}.",
    "In the {p} there was a {kind} called {b}.",
)
THING_LIES = (
    "There was a {look} {o} in the {p}.",
    "A {look} {o} lay in the {p}.",
    "In the {p} there was a {look} {o}.",
    "Somebody had left a {look} {o} in the {p}.",
)
THING_HELD = (
    "{a} had a {look} {o}.",
    "{a} was holding a {look} {o}.",
    "{a} carried a {look} {o}.",
    "{a} had brought a {look} {o} along.",
)
WANTS = (
    "{a} wanted the {o} very much.",
    "{a} wished for the {o}.",
    '"I want the {o}," said {a}.',
    "{a} could think of nothing but the {o}.",
    '"Oh, how I would like to have the {o}!" said {a}.',
)
WANTS_TO_BRING = (
    "{a} wanted to give the {o} to {b}.",
    '"{b} would like the {o}," thought {a}.',
    '"I will bring the {o} to {b}," said {a}.',
    "{a} had an idea: the {o} would make {b} happy.",
)
WANTS_TO_MEET = (
    "{a} wanted to play with {b}.",
    "{a} missed {b}.",
    '"I want to see {b}," said {a}.',
    "{a} did not want to be alone. {He} thought of {b}.",
)
GO = (
    "{a} went to the {p}.",
    "{a} walked to the {p}.",
    "Then {a} ran to the {p}.",
    "So {a} went off to the {p}.",
    "{a} left and went to the {p}.",
    "After a while, {a} walked over to the {p}.",
    '"I will go to the {p}," said {a}, and off {he} went.',
    "{a} skipped all the way to the {p}.",
)
GO_TO_MEET = (
    "{a} went to the {p} to see {b}.",
    "{a} ran to the {p}, where {b} was.",
    "Then {a} came to {b} in the {p}.",
    '"Wait for me, {b}!" called {a}, and {he} came to the {p}.',
)
TAKE = (
    "{a} picked up the {o}.",
    "{a} found the {o} and took it.",
    "There {a} took the {o}.",
    'There was the {o}! "I will take it," said {a}, and {he} did.',
    "{a} saw the {o} and picked it up.",
    "Happily, {a} took the {o}.",
)
DROP = (
    "{a} put the {o} down in the {p}.",
    "{a} left the {o} there, in the {p}.",
    "The {o} was heavy, so {a} put it down in the {p}.",
    "{a} laid the {o} down.",
    '"I do not need the {o} now," said {a}, and {he} put it down.',
)
GIVE = (
    "{a} gave the {o} to {b}.",
    '"This is for you," said {a}, and {he} gave {b} the {o}.',
    "{a} handed the {o} to {b}.",
    "{b} got the {o} from {a}.",
    '"Here, take the {o}," said {a}. {b} took it.',
)
ASK = (
    '"May I have the {o}, please?" {a} asked {b}.',
    "{a} asked {b} for the {o}.",
    '"{b}, can you give me the {o}?" asked {a}.',
)
REFUSE = (
    '"No," said {a}. "I want to keep it."',
    '{a} shook {his} head and said, "Not now."',
    "But {a} did not want to give it away.",
)
SWAP = (
    "{a} and {b} made a swap: {a} gave the {o} and got the {q}.",
    '"Let us swap," said {a}. {He} gave {b} the {o} and got the {q}.',
    "{a} gave {b} the {o}, and {b} gave {a} the {q} for it.",
)
LOOK_IN_VAIN = (
    "{a} looked for the {o}, but it was not there.",
    '"Where is the {o}?" asked {a}. It was not in the {p}.',
    "{a} looked and looked. There was no {o} in the {p}.",
)
PLAY = (
    "{a} and {b} played together in the {p}.",
    "{a} and {b} sang a song.",
    "{a} told {b} a joke, and they laughed.",
    '"I am glad to see you," said {a} to {b}.',
)
MOODS = {
    "happy": ("{a} was happy.", "{a} smiled.", "{a} was so happy that {he} danced.", "{a} laughed and was happy."),
    "sad": ("{a} was sad.", "{a} felt sad.", "{a} was sad and wanted to cry.", '"I am sad," said {a}.'),
    "tired": ("{a} was tired.", "{a} felt tired.", "{a} yawned. {He} was tired."),
}
NOW_PLACE = ("Now {a} was in the {p}.", "{a} was now in the {p}.", "So {a} was in the {p}.")
NOW_HOLDER = ("Now {a} had the {o}.", "So now {a} had the {o}.", "{a} had the {o} now.")
NOW_LIES = ("Now the {o} was in the {p}.", "So the {o} was in the {p}.", "The {o} was now in the {p}.")
THINGS_THAT_HAPPEN = (
    "The sun was shining.", "A bird sang.", "The wind blew softly.", "It began to rain a little.", "A bee flew by.",
    "It was very quiet.", "Somewhere somebody laughed.", "The clouds looked like sheep.", "It smelled of rain.",
)  # fmt: skip
ENDINGS = (
    "It was a good day.",
    "And that was the end of the day.",
    "In the evening, everyone went to sleep.",
    "They were all friends.",
    "What a day it had been!",
    "The end.",
    "From that day on, they often played together.",
)
