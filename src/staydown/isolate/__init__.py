"""Room: decoding in a child process with limits."""
