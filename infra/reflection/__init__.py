"""The log of releases: what each predicted, measured and taught."""
