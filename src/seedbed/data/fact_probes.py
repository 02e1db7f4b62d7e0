"""What a small child knows, as questions with two answers: fish live in the water, birds fly in the sky.

Every line gives two questions whose answers change places, so each answer is right as often as it is wrong and no
frequency helps. Nothing that is told before answers them, unlike the questions of `seedbed.data.cloze`. Source of the
idea: the prompts of facts of Eldan & Li (2023), section 4; the questions are our own.
"""

from seedbed.data.probes import Probe

FACTS = (  # a beginning and its end, another beginning and its end
    ("Fish live in the", " water", "Birds fly in the", " sky"),
    ("The dog began to", " bark", "The cat began to", " meow"),
    ("On the farm the cow said,", " moo", "On the pond the duck said,", " quack"),
    ("The ice was very", " cold", "The fire was very", " hot"),
    ("The grass was", " green", "The sky was", " blue"),
    ("The lemon tasted", " sour", "The sugar tasted", " sweet"),
    ("At night we can see the", " moon", "At noon we can see the", " sun"),
    ("Tom stood in the rain and got", " wet", "Tom used a towel and got", " dry"),
    ("She ate soup with a", " spoon", "She wrote the letter with a", " pencil"),
    ("We hear with our", " ears", "We see with our", " eyes"),
    ("We smell with our", " nose", "We bite with our", " teeth"),
    ("A bird has two", " wings", "A cat has four", " legs"),
    ("The banana was", " yellow", "The strawberry was", " red"),
    ("The elephant was very", " big", "The ant was very", " small"),
    ("The snail was very", " slow", "The race car was very", " fast"),
    ("The rock was very", " hard", "The pillow was very", " soft"),
    ("Bees make", " honey", "Cows give", " milk"),
    ("The rabbit likes to eat", " carrots", "The monkey likes to eat", " bananas"),
    ("Tom kicked the", " ball", "Tom read the", " book"),
    ("She rode her", " bike", "She wore her", " hat"),
    ("He drank a glass of", " juice", "He ate a slice of", " cake"),
    ("The boy was sick, so he went to the", " doctor", "The boy wanted to learn, so he went to the", " school"),
    ("They went swimming at the", " beach", "They played on the swings at the", " park"),
    ("The baker made", " bread", "The farmer grew", " corn"),
    ("The queen lived in a", " castle", "The little bird lived in a", " nest"),
    ("Spiders make", " webs", "Hens lay", " eggs"),
    ("In winter we play in the", " snow", "At the beach we play in the", " sand"),
    ("She was happy and began to", " smile", "She was sad and began to", " cry"),
    ("The feather was very", " light", "The big stone was very", " heavy"),
    ("Lily made soup in the", " kitchen", "Lily slept in her", " bed"),
)


def fact_probes(items: int) -> list[Probe]:
    """The questions, or the first `items` of them, an even number."""
    return [
        Probe("facts", prompt, (right, wrong))
        for first, one, second, other in FACTS[: items // 2]
        for prompt, right, wrong in ((first, one, other), (second, other, one))
    ]
