"""The tensors of a Gemma 3 checkpoint with a picture tower: names as the released files have them, and shapes.

Written out, because building the model for its names takes transformers, whose import takes longer than the whole tiny
set. Does not know any weight.
"""

from typing import Any

Shapes = dict[str, tuple[int, ...]]


def gemma_shapes(config: dict[str, Any]) -> Shapes:
    """Name -> shape, for the content of `config.json`."""
    text, vision = config["text_config"], config["vision_config"]
    return _vision(vision) | _projector(vision, text["hidden_size"]) | _language(text)


def _language(text: dict[str, Any]) -> Shapes:
    width, inner, head = text["hidden_size"], text["intermediate_size"], text["head_dim"]
    queries, keys = text["num_attention_heads"] * head, text["num_key_value_heads"] * head
    layer: Shapes = {
        "self_attn.q_proj": (queries, width),
        "self_attn.k_proj": (keys, width),
        "self_attn.v_proj": (keys, width),
        "self_attn.o_proj": (width, queries),
        "self_attn.q_norm": (head,),
        "self_attn.k_norm": (head,),
        "mlp.gate_proj": (inner, width),
        "mlp.up_proj": (inner, width),
        "mlp.down_proj": (width, inner),
        "input_layernorm": (width,),
        "post_attention_layernorm": (width,),
        "pre_feedforward_layernorm": (width,),
        "post_feedforward_layernorm": (width,),
    }
    parts: Shapes = {"embed_tokens": (text["vocab_size"], width), "norm": (width,)}
    for number in range(text["num_hidden_layers"]):
        parts |= {f"layers.{number}.{name}": shape for name, shape in layer.items()}
    return {f"language_model.model.{name}.weight": shape for name, shape in parts.items()}


def _projector(vision: dict[str, Any], text_width: int) -> Shapes:
    width = vision["hidden_size"]
    return {
        "multi_modal_projector.mm_input_projection_weight": (width, text_width),
        "multi_modal_projector.mm_soft_emb_norm.weight": (width,),
    }


def _vision(vision: dict[str, Any]) -> Shapes:
    """SigLIP. Each part has a weight and, but for the embedding of places, a bias as long as its first side."""
    width, inner, patch = vision["hidden_size"], vision["intermediate_size"], vision["patch_size"]
    block: Shapes = {"mlp.fc1": (inner, width), "mlp.fc2": (width, inner)}
    layer = block | {"layer_norm1": (width,), "layer_norm2": (width,)}
    layer |= {f"self_attn.{name}": (width, width) for name in ("q_proj", "k_proj", "v_proj", "out_proj")}
    parts: Shapes = {"embeddings.patch_embedding": (width, 3, patch, patch), "post_layernorm": (width,)}
    for number in range(vision["num_hidden_layers"]):
        parts |= {f"encoder.layers.{number}.{name}": shape for name, shape in layer.items()}
    head = block | {"attention.out_proj": (width, width), "layernorm": (width,)}
    parts |= {f"head.{name}": shape for name, shape in head.items()}
    found: Shapes = {f"{name}.weight": shape for name, shape in parts.items()}
    found |= {f"{name}.bias": shape[:1] for name, shape in parts.items()}
    found |= {
        "embeddings.position_embedding.weight": ((vision["image_size"] // patch) ** 2, width),
        "head.probe": (1, 1, width),
        "head.attention.in_proj_weight": (3 * width, width),
        "head.attention.in_proj_bias": (3 * width,),
    }
    return {f"vision_tower.vision_model.{name}": shape for name, shape in found.items()}
