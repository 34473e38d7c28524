"""Sizes of the tiny model set: the configuration that the LTX-2 files carry, with the numbers made small.

Two flavours exist because the released checkpoints do: `19b` (LTX-2) projects captions inside the transformer, `22b`
(LTX-2.3) projects them before the connectors, gates its attention and doubles the sampling rate of the sound with a
second vocoder. Every key and every coupling of the real configuration is kept, so the real loader builds the real
classes; only widths and depths shrink. Sizes that the pipelines hard-code stay as they are: 128 video latent
channels, 8 x 16 sound latents, 128 registers per connector, 1,024 prompt tokens, 256 picture tokens in Gemma.

Does not know any weight. `build.py` fills these shapes with random numbers, `trained.py` with trained ones.
"""

from typing import Any, Literal

Flavour = Literal["19b", "22b"]
Config = dict[str, Any]

MODEL_VERSION: dict[Flavour, str] = {"19b": "2.0.0-tiny", "22b": "2.3.0-tiny"}

HIDDEN = 64
"""Width of Gemma's hidden states = caption channels = connector width (19b) = video width of the transformer."""

AUDIO_WIDTH = 32
LORA_RANK = 4

# The configurator refuses any other value for these keys; the real files carry them too.
_FIXED_TRANSFORMER: Config = {
    "dropout": 0.0,
    "attention_bias": True,
    "num_vector_embeds": None,
    "activation_fn": "gelu-approximate",
    "num_embeds_ada_norm": 1000,
    "use_linear_projection": False,
    "only_cross_attention": False,
    "cross_attention_norm": True,
    "double_self_attention": False,
    "upcast_attention": False,
    "standardization_norm": "rms_norm",
    "norm_elementwise_affine": False,
    "qk_norm": "rms_norm",
    "positional_embedding_type": "rope",
    "use_audio_video_cross_attention": True,
    "share_ff": False,
    "av_cross_ada_norm": True,
    "use_middle_indices_grid": True,
}


def transformer(flavour: Flavour) -> Config:
    """The `transformer` block of a checkpoint's configuration, connectors included."""
    sizes: Config = {
        "num_attention_heads": 2,
        "attention_head_dim": HIDDEN // 2,
        "num_layers": 2,
        "in_channels": 128,
        "out_channels": 128,
        "cross_attention_dim": HIDDEN,
        "norm_eps": 1e-06,
        "positional_embedding_theta": 10000.0,
        "positional_embedding_max_pos": [20, 2048, 2048],
        "timestep_scale_multiplier": 1000,
        "av_ca_timestep_scale_multiplier": 1000.0,
        "audio_num_attention_heads": 2,
        "audio_attention_head_dim": AUDIO_WIDTH // 2,
        "audio_in_channels": 128,
        "audio_out_channels": 128,
        "audio_cross_attention_dim": AUDIO_WIDTH,
        "audio_positional_embedding_max_pos": [20],
        "caption_channels": HIDDEN,
        "rope_type": "split",
        "frequencies_precision": "float64",
        "connector_num_attention_heads": 2,
        "connector_attention_head_dim": HIDDEN // 2,
        "connector_num_layers": 1,
        "connector_positional_embedding_max_pos": [4096],
    }
    if flavour == "22b":
        # All four caption keys, with exactly these values, are how the loader recognises this flavour.
        sizes |= {
            "caption_proj_before_connector": True,
            "caption_projection_first_linear": False,
            "caption_proj_input_norm": False,
            "caption_projection_second_linear": False,
            "apply_gated_attention": True,
            "connector_apply_gated_attention": True,
            "cross_attention_adaln": True,
            "audio_connector_num_attention_heads": 2,
            "audio_connector_attention_head_dim": AUDIO_WIDTH // 2,
            "audio_connector_num_layers": 1,
        }
    return _FIXED_TRANSFORMER | sizes


def video_vae() -> Config:
    """The `vae` block: 32 x 32 x 8 compression, few channels. Decoder blocks are listed from the pixels inwards."""
    return {
        "dims": 3,
        "in_channels": 3,
        "out_channels": 3,
        "latent_channels": 128,
        "patch_size": 4,
        "norm_layer": "pixel_norm",
        "latent_log_var": "uniform",
        "causal_decoder": False,
        "timestep_conditioning": False,
        # Multiplier 1 keeps 128 channels through the encoder: the fewest the block accepts.
        "encoder_blocks": [
            ["compress_space_res", {"multiplier": 1}],
            ["compress_time_res", {"multiplier": 1}],
            ["compress_all_res", {"multiplier": 1}],
            ["compress_all_res", {"multiplier": 1}],
        ],
        # 8 x base channels at the latent side, halved by each block: 32, 16, 8, 4.
        "decoder_base_channels": 4,
        "decoder_blocks": [["compress_all", {"residual": True, "multiplier": 2}] for _ in range(3)],
    }


def audio_vae() -> Config:
    """The `audio_vae` block. `ch` 1 lets the statistics broadcast over the 128 features, which saves 6 MB."""
    return {
        "model": {
            "params": {
                "sampling_rate": 16000,
                "ddconfig": {
                    "double_z": True,
                    "mel_bins": 64,
                    "z_channels": 8,
                    "resolution": 256,
                    "in_channels": 2,
                    "out_ch": 2,
                    "ch": 1,
                    "ch_mult": [16, 16, 16],
                    "num_res_blocks": 1,
                    "attn_resolutions": [],
                    "dropout": 0.0,
                    "mid_block_add_attention": False,
                    "norm_type": "pixel",
                    "causality_axis": "height",
                },
            }
        },
        "preprocessing": {
            "stft": {"filter_length": 1024, "hop_length": 160, "win_length": 1024, "causal": True},
            "mel": {"n_mel_channels": 64},
        },
    }


def vocoder(flavour: Flavour) -> Config:
    """The `vocoder` block: 24 kHz in one stage (19b), 16 kHz widened to 48 kHz by a second stage (22b)."""
    first: Config = {
        "resblock": "1" if flavour == "19b" else "AMP1",
        "stereo": True,
        "resblock_kernel_sizes": [3],
        "resblock_dilation_sizes": [[1, 3, 5]],
        "upsample_initial_channel": 32,
        "use_tanh_at_final": flavour == "19b",
    }
    if flavour == "19b":
        # 240 samples per 10 ms of mel spectrogram.
        return first | {
            "upsample_rates": [6, 5, 2, 2, 2],
            "upsample_kernel_sizes": [16, 15, 8, 4, 4],
            "output_sampling_rate": 24000,
        }
    wide = first | {"activation": "snakebeta", "use_bias_at_final": False}
    return {
        "vocoder": wide | {"upsample_rates": [5, 4, 4, 2], "upsample_kernel_sizes": [11, 8, 8, 4]},
        "bwe": wide
        | {
            "upsample_rates": [6, 5, 4, 2],
            "upsample_kernel_sizes": [12, 11, 8, 4],
            "input_sampling_rate": 16000,
            "output_sampling_rate": 48000,
            "hop_length": 80,
            "n_fft": 512,
            "num_mels": 64,
        },
    }


def checkpoint(flavour: Flavour) -> Config:
    """The whole configuration of a checkpoint file, as its metadata carries it."""
    return {
        "transformer": transformer(flavour),
        "vae": video_vae(),
        "audio_vae": audio_vae(),
        "vocoder": vocoder(flavour),
    }


def upsampler(flavour: Flavour) -> Config:
    """Configuration of the spatial upsampler. `mid_channels` must be a multiple of its 32 norm groups."""
    return {
        "in_channels": 128,
        "mid_channels": 32,
        "num_blocks_per_stage": 1,
        "dims": 3,
        "spatial_upsample": True,
        "temporal_upsample": False,
        "spatial_scale": 2.0,
        "rational_resampler": flavour == "19b",
    }


# Byte-level vocabulary: 9 special tokens, then the 256 bytes, so any text in any script encodes without training.
SPECIAL_TOKENS = (
    "<pad>",
    "<eos>",
    "<bos>",
    "<unk>",
    "<start_of_turn>",
    "<end_of_turn>",
    "<start_of_image>",
    "<end_of_image>",
    "<image_soft_token>",
)
VOCABULARY = len(SPECIAL_TOKENS) + 256


def gemma() -> Config:
    """`config.json` of the Gemma root. The vision tower gives the 256 tokens that the processor expects."""
    return {
        "architectures": ["Gemma3ForConditionalGeneration"],
        "model_type": "gemma3",
        "boi_token_index": SPECIAL_TOKENS.index("<start_of_image>"),
        "eoi_token_index": SPECIAL_TOKENS.index("<end_of_image>"),
        "image_token_index": SPECIAL_TOKENS.index("<image_soft_token>"),
        "eos_token_id": [SPECIAL_TOKENS.index("<eos>"), SPECIAL_TOKENS.index("<end_of_turn>")],
        "mm_tokens_per_image": 256,
        "torch_dtype": "bfloat16",
        "text_config": {
            "model_type": "gemma3_text",
            "hidden_size": HIDDEN,
            "intermediate_size": 2 * HIDDEN,
            "num_hidden_layers": 3,
            "num_attention_heads": 2,
            "num_key_value_heads": 1,
            "head_dim": HIDDEN // 2,
            "query_pre_attn_scalar": HIDDEN // 2,
            "sliding_window": 512,
            "max_position_embeddings": 8192,
            "vocab_size": VOCABULARY,
        },
        "vision_config": {
            "model_type": "siglip_vision_model",
            "hidden_size": 32,
            "intermediate_size": 64,
            "num_hidden_layers": 1,
            "num_attention_heads": 2,
            "image_size": 64,
            "patch_size": 4,
        },
    }
