"""TMDB's routes: who may call, which path means what, refusals turned into answers."""

from __future__ import annotations

import hmac
import re
from collections.abc import Sequence

from simulators.edge import Answer, Call
from simulators.journal import JsonObject
from simulators.tmdb.errors import Refusal, bad_key, bad_page, not_found
from simulators.tmdb.movies import APPENDED, GENRES, Movies, details, listed

_MOVIE = re.compile(r"/3/movie/(?P<id>[0-9]+)(?:-[^/]*)?")
_PART = re.compile(rf"/3/movie/(?P<id>[0-9]+)/(?P<part>{'|'.join(APPENDED)})")
_PICTURE = re.compile(r"/t/p/(?P<size>original|[wh][0-9]+)/(?P<file>[^/]+)")
_LISTS = frozenset({"/3/movie/now_playing", "/3/movie/popular", "/3/movie/upcoming"})
_PAGE_SIZE, _LAST_PAGE = 20, 500
_PICTURE_OF = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}">'
    '<rect width="100%" height="100%" fill="#23395b"/></svg>'
)


class Api:
    def __init__(self, token: str, movies: Movies) -> None:
        self._token = token
        self._movies = movies

    def answer(self, call: Call) -> Answer:
        try:
            return _picture(call) or self._answered(call)
        except Refusal as refusal:
            return refusal.answer()

    def _answered(self, call: Call) -> Answer:
        given = call.headers.get("authorization", "").removeprefix("Bearer ") or call.parameter("api_key") or ""
        if not hmac.compare_digest(given.encode(), self._token.encode()):
            raise bad_key()
        if call.method != "GET":
            raise Refusal(5, "Invalid parameters: Your request parameters are incorrect.", 405)
        if call.path in _LISTS:
            return _page(call, self._movies.all())
        match call.path:
            case "/3/search/movie":
                return _page(call, self._movies.titled(call.parameter("query") or "", call.parameter("year")))
            case "/3/genre/movie/list":
                return Answer.of({"genres": [{"id": number, "name": name} for number, name in GENRES.items()]})
            case "/3/configuration":
                return Answer.of({"images": _images(call), "change_keys": []})
        return self._movie(call)

    def _movie(self, call: Call) -> Answer:
        whole, part = _MOVIE.fullmatch(call.path), _PART.fullmatch(call.path)
        match = whole or part
        movie = self._movies.get(str(int(match["id"]))) if match else None
        if movie is None:
            raise not_found()
        if part is not None:
            return Answer.of({"id": movie["id"], **movie[part["part"]]})
        return Answer.of(details(movie, (call.parameter("append_to_response") or "").split(",")))


def _page(call: Call, movies: Sequence[JsonObject]) -> Answer:
    given = call.parameter("page") or "1"
    if not re.fullmatch("[0-9]{1,3}", given) or not 1 <= int(given) <= _LAST_PAGE:
        raise bad_page()
    page = int(given)
    rows = movies[(page - 1) * _PAGE_SIZE : page * _PAGE_SIZE]
    pages = min(_LAST_PAGE, -(-len(movies) // _PAGE_SIZE))
    return Answer.of({"page": page, "results": listed(rows), "total_pages": pages, "total_results": len(movies)})


def _images(call: Call) -> JsonObject:
    base = f"http://{call.headers.get('host', '')}/t/p/"
    return {
        "base_url": base,
        "secure_base_url": base,
        "backdrop_sizes": ["w300", "w780", "w1280", "original"],
        "poster_sizes": ["w92", "w154", "w185", "w342", "w500", "w780", "original"],
        "profile_sizes": ["w45", "w185", "h632", "original"],
    }


def _picture(call: Call) -> Answer | None:
    """A plain picture of the size, whatever the file is called: TMDB's host of pictures asks for no key."""
    match = _PICTURE.fullmatch(call.path)
    if match is None:
        return None
    width = 500 if match["size"] == "original" else int(match["size"][1:])
    content = _PICTURE_OF.format(width=width, height=width * 3 // 2)
    return Answer(200, content.encode(), "image/svg+xml")
