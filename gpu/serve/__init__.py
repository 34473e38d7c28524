"""A ticket becomes a clip in the bucket: HTTP API, worker, storage, events, weights."""
