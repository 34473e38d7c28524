"""What run.py does before there is an environment: standard library only, run by the system's own Python."""
