"""What the default clip cost, revision by revision. `python run.py prices --take` adds a row; a change of a speed or of
a formula adds one by hand. Knows no price of today."""

PAST_PRICES = (
    ("2026-11-22.2", "56.4", "28.1", "the first seconds measured on an H200"),
    ("2026-11-23.1", "42.7", "21.3", "the transformer computes once what a clip repeats (decision 12)"),
    ("2026-11-23.2", "41.0", "20.4", "whole clips measured in place of their parts"),
    ("2026-11-23.3", "38.3", "19.1", "both evaluations of a guided step in one forward"),
    ("2026-11-23.4", "37.6", "18.7", "FlashAttention on Hopper cards (decision 12)"),
    ("2026-11-26.1", "37.5", "21.2", "an H100 holds everything; encoding as four cores take it"),
    ("2026-11-26.2", "37.5", "21.2", "prices by the hour, as Modal's client names them"),
    ("2026-11-26.4", "36.7", "20.7", "encoding runs beside decoding; a start reads packed weights (decision 33)"),
    ("2026-11-27.1", "36.7", "20.7", "more presets: expressive, its stronger kind, the finest, lip sync"),
    ("2026-11-27.2", "36.7", "20.7", "more presets: retake, extend"),
    ("2026-11-27.3", "36.7", "20.7", "extend reads two seconds of its clip, not all"),
    ("2026-11-27.4", "", "", "retake, extend and LTX-2.3 as an H100 was measured at them"),
)
"""Revision, won, seconds on the card, and what changed: the default clip, 704p, 8 seconds. Basis: `quotes.json` of the
commit that brought each revision. A new PRICE_REV gets a row here; of the last row only the words are shown."""
