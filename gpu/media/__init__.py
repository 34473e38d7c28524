"""Files in and out: pictures, MP4, quality figures, content credentials. No torch."""
