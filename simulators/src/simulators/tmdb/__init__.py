"""TMDB: movies by id and by title, with what is appended to them."""
