"""The whole product on this machine: the stack, the demo, lint and tests, a browser."""
