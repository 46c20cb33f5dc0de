"""How days are written where a language's own way would not fit the other pages."""
