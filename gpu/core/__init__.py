"""Pure values and arithmetic: the contract, presets, cards, memory, prices. Everything else may import it."""
