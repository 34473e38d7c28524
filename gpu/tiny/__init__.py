"""The tiny model sets that run on a laptop and in the tests. Their training is in tools/tiny_training."""
