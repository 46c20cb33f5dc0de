"""What goes on between installations: invitations, feeds written, and feeds read."""
