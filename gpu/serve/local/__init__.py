"""The GPU service on this machine: an HTTP server and one worker process."""
