"""Sizes of the trained tiny set: the 19b flavour of `sizes.py` with the width that a recognisable picture needs.

Does not know any weight; `trained.py` fills these shapes.
"""

from gpu.tiny import sizes
from gpu.tiny.motions import REFUSALS, WORDS, Motion
from gpu.tiny.sizes import Config

LATENT_CHANNELS = 128
"""Hard-coded in the pipelines."""

PLACE_CHANNELS = 2
"""The first latent channels: how far right and how far down in the frame a latent position lies, as far as the encoder
can see it. Attention with rotary positions knows only distances, and a zoom needs the centre."""

COMPONENT_CHANNELS = 110
"""The next ones: principal components of a latent's last frame, the strongest first. The other channels hold motion."""

LATENT_SCALE = 3.0
"""Standard deviation of a normalised latent's strongest channels. More than one leaves more of the picture visible
under the noise."""

_WEAKEST_SCALE = 0.6
"""The same of the weakest component. Noise hides fine detail sooner: where the transformer cannot know it, it draws the
mean, which is blur, instead of a guess, which would flicker."""

WIDTH = 192
LAYERS = 5
HEADS = 6

_AUDIO_WIDTH = 4 * HEADS
"""LTX splits the sound's rotary positions by the picture's heads, so both streams have as many."""


def _word_tokens() -> tuple[tuple[str, Motion | None], ...]:
    asking: list[tuple[str, Motion | None]] = [(word, motion) for motion, words in WORDS.items() for word in words]
    return (*asking, *((word, None) for word in REFUSALS))


def over_channels(strongest: float, weakest: float) -> list[float]:
    """A number for each latent channel: from the strongest component's to the weakest's in equal ratios, and the
    strongest's for channels without a component."""
    fall = (weakest / strongest) ** (1 / (COMPONENT_CHANNELS - 1))
    components = [strongest * fall**index for index in range(COMPONENT_CHANNELS)]
    free = LATENT_CHANNELS - PLACE_CHANNELS - COMPONENT_CHANNELS
    return [strongest] * PLACE_CHANNELS + components + [strongest] * free


def latent_scales() -> list[float]:
    """The target standard deviation of each normalised latent channel."""
    return over_channels(LATENT_SCALE, _WEAKEST_SCALE)


WORD_TOKENS = _word_tokens()
"""Words with their own token, each with its motion; None marks the words of negative prompts."""


def transformer() -> Config:
    """The `transformer` block. Rotary positions span a tiny clip instead of 20 s and 2,048 pixels."""
    return sizes.transformer("19b") | {
        "num_attention_heads": HEADS,
        "attention_head_dim": WIDTH // HEADS,
        "audio_num_attention_heads": HEADS,
        "audio_attention_head_dim": _AUDIO_WIDTH // HEADS,
        "audio_cross_attention_dim": _AUDIO_WIDTH,
        "num_layers": LAYERS,
        "cross_attention_dim": WIDTH,
        "positional_embedding_theta": 100.0,
        "positional_embedding_max_pos": [4, 512, 512],
    }


def video_vae() -> Config:
    """The `vae` block. The encoder folds space last: otherwise a single picture, whose frames are all equal, would
    leave half of its channels empty. Most bytes are in the decoder."""
    return sizes.video_vae() | {
        "encoder_blocks": [
            ["compress_all_res", {"multiplier": 1}],
            ["compress_time_res", {"multiplier": 1}],
            ["compress_all_res", {"multiplier": 2}],
            ["compress_space_res", {"multiplier": 1}],
        ],
        "decoder_base_channels": 16,
        # From the pixels inwards.
        "decoder_blocks": [
            ["res_x", {"num_layers": 1}],
            ["compress_time", {"multiplier": 1}],
            ["compress_space", {"multiplier": 1}],
            ["compress_time", {"multiplier": 1}],
            ["res_x", {"num_layers": 2}],
            ["compress_space", {"multiplier": 2}],
            ["compress_time", {"multiplier": 1}],
            ["res_x", {"num_layers": 3}],
            ["compress_space", {"multiplier": 2}],
        ],
    }


def upsampler() -> Config:
    """The spatial upsampler."""
    return sizes.upsampler("19b") | {"mid_channels": 64}


def checkpoint() -> Config:
    """The whole configuration of the checkpoint file."""
    return sizes.checkpoint("19b") | {"transformer": transformer(), "vae": video_vae()}


def gemma() -> Config:
    """`config.json` of the Gemma root, with room for the word tokens."""
    config = sizes.gemma()
    return config | {"text_config": config["text_config"] | {"vocab_size": sizes.VOCABULARY + len(WORD_TOKENS)}}
