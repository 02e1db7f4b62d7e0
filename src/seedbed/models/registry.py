"""Every building block by name: a new one is a file with its class and a line here."""

from seedbed.models.attention import Attention
from seedbed.models.channels import ChannelMixer, FeedForward, SwiGLU
from seedbed.models.gam import GatedAssociativeMemory
from seedbed.models.linear_attention import LinearAttention
from seedbed.models.mixer import TokenMixer

MIXERS: dict[str, type[TokenMixer]] = {
    "attention": Attention,
    "linear": LinearAttention,
    "gam": GatedAssociativeMemory,
}
CHANNELS: dict[str, type[ChannelMixer]] = {
    "mlp": FeedForward,
    "swiglu": SwiGLU,
}
