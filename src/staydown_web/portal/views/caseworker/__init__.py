"""The pages of helplines: cases, clients, who was not told, the team."""
