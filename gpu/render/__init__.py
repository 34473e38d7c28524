"""LTX pipelines on torch: models that stay loaded, prompts, LoRAs, progress, patches of LTX."""
