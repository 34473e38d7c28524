"""LTX pipelines on torch: cached models, prompts, LoRAs, progress, patches of LTX."""
