"""What each building block is, in words: explanation, equation, source, and where it fails; docs/zoo.md is made of it.

x is a position's input, W, U, M are learned matrices, b, c, d learned vectors, * goes number by number, t counts
tokens.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class About:
    """what: one paragraph.  equation: as plain text.  source: who it is from.  fails: where, and why."""

    what: str
    equation: str
    source: str
    fails: str


MIXER_WORDS: dict[str, About] = {
    "attention": About(
        "Every position compares its query with the keys of all positions up to its own and takes the mean of their "
        "values, weighed by how well they fit. Several heads do so side by side. Fewer heads of keys and values "
        "(`--model.key-value-heads`) make the memory smaller, a window (`--model.window`) lets a block see its last "
        "tokens only, a prefix (`--model.prefix`) lets the first tokens see each other both ways. With rotary "
        "positions and biases of queries and keys, heads can begin with the tokens just before "
        "(`--model.local-start`).",
        "y_t = W_o [sum over s <= t of a_ts v_s], a_t = softmax over s of (q_t . k_s / sqrt(K)); q, k, v = W_q x, W_k "
        "x, W_v x",
        "Vaswani et al. (2017), section 3.2; grouped heads: Ainslie et al. (2023); one head of keys: Shazeer (2019); "
        "windows: Beltagy et al. (2020)",
        "Time grows with the square of the window, and the memory for decoding with every token. Without positions it "
        "tells order only by how many tokens it sees. The pattern that looks a token up has to be found: until then "
        "the loss stands still.",
    ),
    "linear": About(
        "Attention without its softmax: the products of keys and values can be added up beforehand, so that all that "
        "was read is one matrix a head. A window of more than 256 tokens goes through in chunks of 64.",
        "y_t = W_o [q_t S_t / sqrt(K)], S_t = S_(t-1) + k_t' v_t",
        "Katharopoulos et al. (2020), equation 9, without its feature map and normaliser, as Lemma 2 of Sinha (2024)",
        "A head's matrix of K times K numbers holds about K pairs of keys and values; more of them blur, and nothing "
        "is ever forgotten to make room. Scores are not normalised, so outputs grow with the window.",
    ),
    "gam": About(
        "Two paths without a loop over time: a convolution over the last three tokens, channel by channel, and a "
        "memory of S learned rows in which every token looks itself up. Gates of the input weigh both. "
        "`--model.gam.no-gated` adds them as they are; `--model.gam.paths` keeps one. With "
        "`--model.gam.reads context` the memory holds what earlier tokens wrote, so that it carries something along.",
        "y = sigmoid(W_l x + b_l) * conv(x) + sigmoid(W_g x + b_g) * (softmax(M x) M)",
        "Acharya (2025), arXiv 2509.00605, section 3",
        "The memory mixes no tokens, so only the convolution carries anything along: L blocks read 1 + 2 L tokens, 13 "
        "for the paper's 6. What lies further back does not exist.",
    ),
    "mamba": About(
        "Each of E channels keeps N numbers that decay at their own rates; the input decides how long a step takes, "
        "what is written and what is read. A short convolution goes before, a gate after. The loop over tokens keeps "
        "one state at a time; the gradient keeps one in 64 and computes the others again.",
        "h_t = exp(s_t A) h_(t-1) + s_t B_t u_t; y_t = W_o [(C_t . h_t + d u_t) silu(g_t)]; s_t, B_t, C_t from u_t; u "
        "= silu(conv(W_u x)), g = W_g x",
        "Gu & Dao (2023), arXiv 2312.00752, section 3 and algorithm 2",
        "All that was read has to fit into E N numbers: recall of many pairs and copying of long texts need a width "
        "that grows with them (Arora et al. 2023; Jelassi et al. 2024). The loop runs token after token.",
    ),
    "gru": About(
        "A state as wide as the model that is at every token a mean of itself and a candidate, weighed number by "
        "number by an update gate; a reset gate says how much of the state the candidate sees.",
        "h_t = (1 - z) * n + z * h_(t-1), n = tanh(W_n x + b_n + r * (U_n h_(t-1) + c_n)), r, z = sigmoid(W x + b + U "
        "h_(t-1) + c)",
        "Cho et al. (2014), arXiv 1406.1078, section 2.3, in the form of cuDNN",
        "D numbers hold everything. Each token waits for the one before it, in training too, and what lies far back "
        "reaches the gradient through every state between.",
    ),
    "lstm": About(
        "A cell beside the output: a forget gate keeps it, an input gate writes to it, an output gate reads from it. "
        "The forget gate's bias starts at 1, so that a new cell keeps what it has.",
        "c_t = f * c_(t-1) + i * tanh(W_c x + b_c + U_c h_(t-1) + d_c), h_t = o * tanh(c_t), i, f, o = sigmoid(W x + b "
        "+ U h_(t-1) + d)",
        "Hochreiter & Schmidhuber (1997); forget gate: Gers et al. (2000); its bias: Jozefowicz et al. (2015)",
        "As the GRU, with a third more parameters.",
    ),
}

CHANNEL_WORDS: dict[str, About] = {
    "mlp": About(
        "Two maps with an activation between them, every position by itself.",
        "y = W_2 act(W_1 x)",
        "Vaswani et al. (2017), section 3.3; ReLU squared: So et al. (2021)",
        "It moves nothing between positions, and holds two thirds of a usual block's parameters.",
    ),
    "swiglu": About(
        "A third map gates the inner numbers.",
        "y = W_2 (silu(W_3 x) * W_1 x)",
        "Shazeer (2020), arXiv 2002.05202",
        "At the same inner width it costs half as much again as the MLP: compare it at two thirds of that width.",
    ),
    "experts": About(
        "Several feed-forward layers, of which a router picks a few for each token; a second loss keeps them equally "
        "busy. Every expert computes every token here, and what was not chosen is weighed by 0.",
        "y = sum over the chosen e of g_e E_e(x), g = softmax of the chosen scores x W; of all scores where "
        "one is chosen",
        "Shazeer et al. (2017), section 2.1; one expert a token, and loss of balance: Fedus et al. (2021), equations "
        "1 and 4",
        "Without the loss of balance a few experts take all tokens. Computing all of them, it saves no time: it asks "
        "what a choice does, not how fast it is.",
    ),
    "none": About(
        "No channel mixer: the block is its token mixer alone, as Mamba's authors have it.",
        "y = x",
        "Gu & Dao (2023), section 3.4",
        "Attention without it can only average values.",
    ),
}

POSITION_WORDS: dict[str, About] = {
    "learned": About(
        "A vector for each place of the window is added to the embedding.",
        "x_t = E[token_t] + P[t]",
        "Gehring et al. (2017); Radford et al. (2018)",
        "A place that was never trained has a random vector: nothing beyond the longest training window.",
    ),
    "sinusoidal": About(
        "The same with fixed waves of lengths from 2 pi to 10,000 times that.",
        "P[t, 2i], P[t, 2i + 1] = sin, cos of t / 10000^(2i / D)",
        "Vaswani et al. (2017), section 3.5",
        "It can be computed for any place, but a model does not understand places that it never saw.",
    ),
    "rotary": About(
        "Queries and keys are turned by an angle that grows with the place, so that scores depend on distances. Longer "
        "windows: places are divided by a factor (linear) or the base is raised (ntk).",
        "q_t . k_s becomes (R^t q_t) . (R^s k_s), R a rotation of pairs of numbers",
        "Su et al. (2021), arXiv 2104.09864; linear scaling: Chen et al. (2023); ntk: Peng et al. (2023), arXiv "
        "2309.00071, section 3.1",
        "Attention only. Unscaled it breaks down soon after the longest trained window.",
    ),
    "alibi": About(
        "Scores fall with distance, in each head at its own slope; nothing is learned.",
        "score_ts = q_t . k_s / sqrt(K) - m_h (t - s)",
        "Press et al. (2021), arXiv 2108.12409",
        "Attention only. A head that has to look far back must first overcome its slope.",
    ),
    "none": About(
        "No positions: the causal mask, the convolution or the loop tells order.",
        "x_t = E[token_t]",
        "Kazemnejad et al. (2023), arXiv 2305.19466",
        "Linear attention in its first block sees a bag of tokens.",
    ),
}

NORM_WORDS: dict[str, About] = {
    "layer": About(
        "Numbers less their mean, over their standard deviation, with learned scales and shifts.",
        "y = (x - mean(x)) / sqrt(var(x) + eps) * s + b",
        "Ba et al. (2016)",
        "It takes away the mean, which some models keep things in.",
    ),
    "rms": About(
        "Numbers over their root mean square, with learned scales: half the parameters, less work.",
        "y = x / sqrt(mean(x^2) + eps) * s",
        "Zhang & Sennrich (2019)",
        "A mean that all numbers share stays, and takes part in the scale.",
    ),
}

ORDER_WORDS: dict[str, About] = {
    "pre": About(
        "Each part reads a normed copy and adds to a stream that nothing else touches; one norm before the head.",
        "h = x + Mix(N1(x)); y = h + Channels(N2(h))",
        "Radford et al. (2019); Xiong et al. (2020)",
        "The stream grows with depth, so that late blocks change it little.",
    ),
    "post": About(
        "The sum is normed after each part; none before the head.",
        "h = N1(x + Mix(x)); y = N2(h + Channels(h))",
        "Vaswani et al. (2017); Sinha (2024)",
        "Gradients reach early blocks through every norm: deep models need a warm-up, or do not train.",
    ),
    "sandwich": About(
        "Pre-norm that also norms what comes out of each part.",
        "h = x + N2(Mix(N1(x))); y = h + N4(Channels(N3(h)))",
        "Ding et al. (2021)",
        "Twice the norms; their scales decide how much a part may say.",
    ),
    "shared": About(
        "Pre-norm with one norm for both parts of a block.",
        "h = x + Mix(N(x)); y = h + Channels(N(h))",
        "Jha's baby language model",
        "One scale has to suit two readers.",
    ),
    "bare": About(
        "Neither norms nor residuals: a part's output is all that goes on. The Mamba baseline of the GAM paper.",
        "y = Channels(Mix(x))",
        "Acharya (2025), its code",
        "Signals and gradients are multiplied from block to block: a stack of 6 starts with hardly any.",
    ),
}
