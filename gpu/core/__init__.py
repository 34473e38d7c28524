"""Pure values and arithmetic: the contract, presets, cards, memory, prices. Every other folder may import it."""
