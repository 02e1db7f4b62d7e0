"""Every building block by name: a new one is a file with its class and a line here."""

from seedbed.models.attention import Attention
from seedbed.models.channels import ChannelMixer, FeedForward, SwiGLU
from seedbed.models.experts import Experts
from seedbed.models.gam import GatedAssociativeMemory
from seedbed.models.gru import GRU
from seedbed.models.linear_attention import LinearAttention
from seedbed.models.lstm import LSTM
from seedbed.models.mamba import Mamba
from seedbed.models.mixer import TokenMixer

MIXERS: dict[str, type[TokenMixer]] = {
    "attention": Attention,
    "linear": LinearAttention,
    "gam": GatedAssociativeMemory,
    "mamba": Mamba,
    "gru": GRU,
    "lstm": LSTM,
}
CHANNELS: dict[str, type[ChannelMixer]] = {
    "mlp": FeedForward,
    "swiglu": SwiGLU,
    "experts": Experts,
}
