"""The sizes of the released models: the configuration in their files, and the parameters that it comes to.

`19b` is LTX-2, `22b` is LTX-2.3; both read prompts with Gemma 3 12B. The keys are those of `gpu/tiny/sizes.py`, with
the released numbers. Does not know files.
"""

from typing import Any

from gpu.core.checkpoints import Flavour
from gpu.tiny import sizes

Config = dict[str, Any]

COUNTS: dict[Flavour, dict[str, int]] = {
    "19b": {
        "transformer": 18_876_174_592,
        "video encoder": 694_098_881,
        "video decoder": 528_380_720,
        "audio decoder": 31_915_138,
        "vocoder": 55_592_802,
        "upsampler": 497_867_904,
    },
    "22b": {
        "transformer": 18_988_838_144,
        "video encoder": 318_936_897,
        "video decoder": 407_169_072,
        "audio decoder": 31_915_138,
        "vocoder": 128_537_448,
        "upsampler": 497_867_904,
    },
}
"""Parameters of the real models. Source: modules on the meta device. 19b: and the counts that a run on an H200 printed.
22b: all but the upsampler, with the sound's encoder and the buffers, are 46.14 GB in bf16, and the published file has
46.15 (2026-11-27); what differs are its header and tables kept in float32."""

PROCESSORS: dict[Flavour, int] = {"19b": 1_431_475_200, "22b": 3_172_227_584}
"""Parameters of the embeddings processor. Its size follows Gemma's, which a tiny set changes for its whole process."""

LORA_RANKS: dict[Flavour, int] = {"19b": 175, "22b": 384}
"""The distilled LoRA's rank. 19b: the average of a file whose ranks differ. 22b: no layer has more than its sides."""

_WIDTHS: Config = {
    "num_layers": 48,
    "num_attention_heads": 32,
    "attention_head_dim": 128,
    "cross_attention_dim": 4096,
    "audio_num_attention_heads": 32,
    "audio_attention_head_dim": 64,
    "audio_cross_attention_dim": 2048,
    "caption_channels": 3840,
    "connector_attention_head_dim": 128,
}
_CONNECTORS: dict[Flavour, Config] = {
    "19b": {"connector_num_attention_heads": 30, "connector_num_layers": 2},
    "22b": {
        "connector_num_attention_heads": 32,
        "connector_num_layers": 8,
        "audio_connector_num_attention_heads": 32,
        "audio_connector_attention_head_dim": 64,
        "audio_connector_num_layers": 8,
    },
}


def transformer(flavour: Flavour = "19b") -> Config:
    return sizes.transformer(flavour) | _WIDTHS | _CONNECTORS[flavour]


def _res(layers: int) -> list[Any]:
    return ["res_x", {"num_layers": layers}]


def _step(kind: str, multiplier: int, **more: Any) -> list[Any]:
    return [kind, {"multiplier": multiplier} | more]


def video_vae(flavour: Flavour = "19b") -> Config:
    newer = flavour == "22b"
    encoder = [_res(4), _step("compress_space_res", 2), _res(6), _step("compress_time_res", 2)]
    encoder += [_res(4 if newer else 6), _step("compress_all_res", 2), _res(2)]
    encoder += [_step("compress_all_res", 1 if newer else 2), _res(2)]
    if newer:
        decoder = [_res(4), _step("compress_space", 2), _res(6), _step("compress_time", 2), _res(4)]
        decoder += [_step("compress_all", 1), _res(2), _step("compress_all", 2), _res(2)]
    else:
        up = _step("compress_all", 2, residual=True)
        decoder = [_res(5), up, _res(5), up, _res(5), up, _res(5)]
    blocks = {"encoder_blocks": encoder, "decoder_base_channels": 128, "decoder_blocks": decoder}
    return sizes.video_vae() | blocks | ({"spatial_padding_mode": "zeros"} if newer else {})


def audio_vae() -> Config:
    config = sizes.audio_vae()
    config["model"]["params"]["ddconfig"] |= {"ch": 128, "ch_mult": [1, 2, 4], "num_res_blocks": 2}
    return config


def vocoder(flavour: Flavour = "19b") -> Config:
    config = sizes.vocoder(flavour)
    kernels: Config = {"resblock_kernel_sizes": [3, 7, 11], "resblock_dilation_sizes": [[1, 3, 5]] * 3}
    if flavour == "19b":
        return config | kernels | {"upsample_initial_channel": 1024}
    first: Config = {"upsample_rates": [5, 2, 2, 2, 2, 2], "upsample_kernel_sizes": [11, 4, 4, 4, 4, 4]}
    second: Config = {"upsample_rates": [6, 5, 2, 2, 2], "upsample_kernel_sizes": [12, 11, 4, 4, 4]}
    return {
        "vocoder": config["vocoder"] | kernels | first | {"upsample_initial_channel": 1536},
        "bwe": config["bwe"] | kernels | second | {"upsample_initial_channel": 512},
    }


def checkpoint(flavour: Flavour = "19b") -> Config:
    return {
        "transformer": transformer(flavour),
        "vae": video_vae(flavour),
        "audio_vae": audio_vae(),
        "vocoder": vocoder(flavour),
    }


def upsampler(flavour: Flavour = "19b") -> Config:
    return sizes.upsampler(flavour) | {"mid_channels": 1024, "num_blocks_per_stage": 4}


GEMMA_12B: Config = {
    "text_config": {
        "model_type": "gemma3_text",
        "hidden_size": 3840,
        "intermediate_size": 15360,
        "num_hidden_layers": 48,
        "num_attention_heads": 16,
        "num_key_value_heads": 8,
        "head_dim": 256,
        "query_pre_attn_scalar": 256,
        "sliding_window": 1024,
        "vocab_size": 262_208,
    },
    "vision_config": {
        "model_type": "siglip_vision_model",
        "hidden_size": 1152,
        "intermediate_size": 4304,
        "num_hidden_layers": 27,
        "num_attention_heads": 16,
        "image_size": 896,
        "patch_size": 14,
        "vision_use_head": False,
    },
    "mm_tokens_per_image": 256,
}
GEMMA_PARAMETERS = 12_187_325_040
