"""A faster way through LTX-2's own transformer and picture decoder: same weights, same sampler, less waste.

`layers` and `attention` are the two expensive operations, in bf16 or 8 bits, `flash` is attention on a Hopper card, and
`kernels` what lies between them in 8 bits; `block` is one of the 48 blocks as a pure function, so that one compiled
graph serves all; `transformer` stands where the stock model stands in the pipelines. `decoder` stands where the
decoder's forward stands, and `pixels` is what lies between its convolutions. Knows no pipeline, job or file.
"""
