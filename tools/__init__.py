"""What no user runs: the training of the tiny set, and the instruments that measure a card or this machine."""
