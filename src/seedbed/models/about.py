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
        "Every position compares its query with the keys of all positions up to its own and takes a mean of their "
        "values, weighted by how well query and key match. Several heads do this in parallel. Fewer heads for keys "
        "and values (`--model.key-value-heads`) reduce the memory, a window (`--model.window`) restricts a block to "
        "the most recent tokens, and a prefix (`--model.prefix`) lets the first tokens see each other in both "
        "directions. With rotary positions and with biases of queries and keys, heads can be initialised to attend to "
        "the preceding tokens (`--model.local-start`).",
        "y_t = W_o [sum over s <= t of a_ts v_s], a_t = softmax over s of (q_t . k_s / sqrt(K)); q, k, v = W_q x, W_k "
        "x, W_v x",
        "Vaswani et al. (2017), section 3.2; grouped heads: Ainslie et al. (2023); one head of keys: Shazeer (2019); "
        "windows: Beltagy et al. (2020)",
        "Time grows with the square of the window length, and the memory for decoding grows with every token. Without "
        "positions it can infer order only from the number of tokens that it sees. Training has to find the attention "
        "pattern that looks up a token; until then the loss stays on a plateau.",
    ),
    "linear": About(
        "Attention without its softmax: the products of keys and values can be accumulated, so that everything read "
        "so far is one matrix per head. A window of more than 256 tokens is processed in chunks of 64.",
        "y_t = W_o [q_t S_t / sqrt(K)], S_t = S_(t-1) + k_t' v_t",
        "Katharopoulos et al. (2020), equation 9, without its feature map and normaliser, as Lemma 2 of Sinha (2024)",
        "The K x K matrix of a head can hold about K key-value pairs; more of them interfere with each other, because "
        "nothing is ever forgotten. Scores are not normalised, so outputs grow with the window.",
    ),
    "gam": About(
        "Two paths without recurrence: a convolution over the last three tokens in each channel, and a memory of S "
        "learned rows that every token queries with its own representation. Gates computed from the input weight the "
        "two paths. `--model.gam.no-gated` adds them without gates; `--model.gam.paths` keeps only one of them. With "
        "`--model.gam.reads context` the memory holds what earlier tokens wrote, so that it carries information along "
        "the sequence.",
        "y = sigmoid(W_l x + b_l) * conv(x) + sigmoid(W_g x + b_g) * (softmax(M x) M)",
        "Acharya (2025), arXiv 2509.00605, section 3",
        "The memory mixes no tokens, so only the convolution moves information between positions: L blocks have a "
        "receptive field of 1 + 2 L tokens, which is 13 for the paper's 6 blocks. Anything further back has no "
        "influence.",
    ),
    "mamba": About(
        "Each of E channels has a state of N numbers that decay at their own rates; the input determines the step "
        "size, what is written and what is read. A short convolution comes before it and a gate after it. The loop "
        "over tokens keeps one state at a time; the gradient stores one state in 64 and recomputes the others.",
        "h_t = exp(s_t A) h_(t-1) + s_t B_t u_t; y_t = W_o [(C_t . h_t + d u_t) silu(g_t)]; s_t, B_t, C_t from u_t; u "
        "= silu(conv(W_u x)), g = W_g x",
        "Gu & Dao (2023), arXiv 2312.00752, section 3 and algorithm 2",
        "Everything read so far has to fit into E N numbers, so recall of many pairs and copying of long texts need a "
        "width that grows with them (Arora et al. 2023; Jelassi et al. 2024). Tokens are processed one after another.",
    ),
    "gru": About(
        "A state as wide as the model. At every token the new state is an elementwise weighted mean of the old state "
        "and a candidate, with weights from an update gate; a reset gate determines how much of the state the "
        "candidate sees.",
        "h_t = (1 - z) * n + z * h_(t-1), n = tanh(W_n x + b_n + r * (U_n h_(t-1) + c_n)), r, z = sigmoid(W x + b + U "
        "h_(t-1) + c)",
        "Cho et al. (2014), arXiv 1406.1078, section 2.3, in the form of cuDNN",
        "D numbers have to hold everything. Tokens are processed one after another, also in training, and the "
        "gradient of distant tokens passes through every state in between.",
    ),
    "lstm": About(
        "A memory cell in addition to the output: a forget gate preserves the cell, an input gate writes to it and an "
        "output gate reads from it. The bias of the forget gate starts at 1, so that cells initially preserve their "
        "content.",
        "c_t = f * c_(t-1) + i * tanh(W_c x + b_c + U_c h_(t-1) + d_c), h_t = o * tanh(c_t), i, f, o = sigmoid(W x + b "
        "+ U h_(t-1) + d)",
        "Hochreiter & Schmidhuber (1997); forget gate: Gers et al. (2000); its bias: Jozefowicz et al. (2015)",
        "The same limits as for the GRU, with a third more parameters.",
    ),
}

CHANNEL_WORDS: dict[str, About] = {
    "mlp": About(
        "Two linear maps with an activation between them, applied to every position separately.",
        "y = W_2 act(W_1 x)",
        "Vaswani et al. (2017), section 3.3; ReLU squared: So et al. (2021)",
        "It moves no information between positions, and it has two thirds of the parameters of a usual block.",
    ),
    "swiglu": About(
        "A third map gates the hidden units.",
        "y = W_2 (silu(W_3 x) * W_1 x)",
        "Shazeer (2020), arXiv 2002.05202",
        "At the same hidden width it costs 1.5 times as much as the MLP, so compare it at two thirds of that width.",
    ),
    "experts": About(
        "Several feed-forward layers, of which a router selects a few for each token; an auxiliary loss balances "
        "their use. In this implementation every expert computes every token, and the outputs of experts that were "
        "not selected get weight 0.",
        "y = sum over the chosen e of g_e E_e(x), g = softmax of the chosen scores x W; of all scores where "
        "one is chosen",
        "Shazeer et al. (2017), section 2.1; one expert a token, and loss of balance: Fedus et al. (2021), equations "
        "1 and 4",
        "Without the balancing loss, a few experts get all tokens. Because all experts are computed, the "
        "implementation saves no time; it serves to study the effect of routing, not its speed.",
    ),
    "none": About(
        "No channel mixer: the block consists of its token mixer alone, as in Mamba's original design.",
        "y = x",
        "Gu & Dao (2023), section 3.4",
        "Attention without a channel mixer can only average values.",
    ),
}

POSITION_WORDS: dict[str, About] = {
    "learned": About(
        "A learned vector for each position of the window is added to the embedding.",
        "x_t = E[token_t] + P[t]",
        "Gehring et al. (2017); Radford et al. (2018)",
        (
            "A position that never occurred in training has a random vector, so the model does not work beyond the "
            "longest training window."
        ),
    ),
    "sinusoidal": About(
        "The same with fixed waves of lengths from 2 pi to 10,000 times that.",
        "P[t, 2i], P[t, 2i + 1] = sin, cos of t / 10000^(2i / D)",
        "Vaswani et al. (2017), section 3.5",
        "It can be computed for any position, but a model does not generalise to positions that it never saw.",
    ),
    "rotary": About(
        "Queries and keys are rotated by an angle that grows with the position, so that scores depend on distances. "
        "For longer windows, positions are divided by a factor (linear) or the base is raised (ntk).",
        "q_t . k_s becomes (R^t q_t) . (R^s k_s), R a rotation of pairs of numbers",
        "Su et al. (2021), arXiv 2104.09864; linear scaling: Chen et al. (2023); ntk: Peng et al. (2023), arXiv "
        "2309.00071, section 3.1",
        "For attention only. Without scaling it fails soon after the longest training window.",
    ),
    "alibi": About(
        "Scores decrease linearly with distance, in each head with its own fixed slope; nothing is learned.",
        "score_ts = q_t . k_s / sqrt(K) - m_h (t - s)",
        "Press et al. (2021), arXiv 2108.12409",
        "For attention only. A head that has to look far back must first overcome its slope.",
    ),
    "none": About(
        "No positions: order is known only through the causal mask, the convolution or the recurrence.",
        "x_t = E[token_t]",
        "Kazemnejad et al. (2023), arXiv 2305.19466",
        "Linear attention in its first block sees a bag of tokens.",
    ),
}

NORM_WORDS: dict[str, About] = {
    "layer": About(
        "Subtracts the mean and divides by the standard deviation, with learned scales and shifts.",
        "y = (x - mean(x)) / sqrt(var(x) + eps) * s + b",
        "Ba et al. (2016)",
        "It removes the mean, in which some models store information.",
    ),
    "rms": About(
        "Divides by the root mean square, with learned scales: half the parameters and less computation.",
        "y = x / sqrt(mean(x^2) + eps) * s",
        "Zhang & Sennrich (2019)",
        "A common mean is not removed and contributes to the scale.",
    ),
}

ORDER_WORDS: dict[str, About] = {
    "pre": About(
        "Each part reads a normalised copy of the residual stream and adds its output to the stream; there is one "
        "final norm before the head.",
        "h = x + Mix(N1(x)); y = h + Channels(N2(h))",
        "Radford et al. (2019); Xiong et al. (2020)",
        "The stream grows with depth, so that late blocks change it relatively little.",
    ),
    "post": About(
        "The sum is normalised after each part; there is no final norm before the head.",
        "h = N1(x + Mix(x)); y = N2(h + Channels(h))",
        "Vaswani et al. (2017); Sinha (2024)",
        "Gradients reach early blocks only through every norm, so deep models need a warm-up or fail to train.",
    ),
    "sandwich": About(
        "Pre-norm that also normalises the output of each part.",
        "h = x + N2(Mix(N1(x))); y = h + N4(Channels(N3(h)))",
        "Ding et al. (2021)",
        "It has twice as many norms, whose scales determine how much each part contributes.",
    ),
    "shared": About(
        "Pre-norm with one norm for both parts of a block.",
        "h = x + Mix(N(x)); y = h + Channels(N(h))",
        "Jha's baby language model",
        "One scale has to suit both parts.",
    ),
    "bare": About(
        "Neither norms nor residuals: only a part's output is passed on. This is the Mamba baseline of the GAM paper.",
        "y = Channels(Mix(x))",
        "Acharya (2025), its code",
        (
            "Signals and gradients are multiplied from block to block, so that almost none are left at the start of "
            "training with 6 blocks."
        ),
    ),
}
