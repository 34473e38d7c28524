"""A faster implementation of LTX-2's transformer and picture decoder: same weights, same sampler.

    layers, attention   the two expensive operations, in bf16 or 8 bits
    flash               attention on a Hopper card
    kernels             the operations between them in 8 bits
    block               one of the 48 blocks as a pure function, so that one compiled graph serves all
    transformer         replaces the stock model in the pipelines
    decoder, pixels     replaces the stock decoder's forward; the operations between its convolutions

Knows no pipeline, job or file.
"""
