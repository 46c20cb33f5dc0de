"""HMA's calls, thin: who calls, what they bring, what they get."""
