"""What is done with exchanges: one function a use case."""
