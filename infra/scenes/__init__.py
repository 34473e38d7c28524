"""Scenes of a file and pictures of a folder become numbered clips, through the site's public API."""
