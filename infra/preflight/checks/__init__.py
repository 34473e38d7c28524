"""The checks of preflight, one file per family. `registry` lists them."""
