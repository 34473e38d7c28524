"""The log of releases: predicted and measured figures, findings, lessons."""
