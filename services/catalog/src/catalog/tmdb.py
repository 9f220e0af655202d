"""TMDB over HTTP: what it knows of a film, as a movie of ours can have it.

What is missing there is None here, and so is what no movie of ours may have, such as a run time of 0.
"""

import asyncio
import re
import unicodedata
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any

import aiohttp
import orjson
from pydantic import BaseModel, TypeAdapter, ValidationError, model_validator

from catalog.domain.movies import MAX_RUNTIME_MINUTES, Description
from catalog.errors import MovieNotFound
from catalog.settings import Settings
from chassis.logs import logger
from chassis.problems import Unavailable
from chassis.text import Line, Paragraph

log = logger(__name__)
_TRIES = 3
_ALL_SECONDS = 8.0  # the gateway gives the call 10
_LONGEST_WAIT = 2.0
_LONGEST_TOLD = 3_600.0
_NO_SUCH_MOVIE = frozenset({6, 34})  # TMDB's own codes; 6 for a number that no id can be
_QUERY = {"language": "en-IN", "append_to_response": "credits,release_dates"}
_POSTER, _BACKDROP = "w780", "w1280"
_COUNTRY = "IN"
_MAX_CAST, _MAX_GENRES = 200, 50
_PICTURE = re.compile(r"/[A-Za-z0-9._-]+")
_NOT_IN_TEXT = frozenset({"Cc", "Cs", "Zl", "Zp"})
_DIRECTIONS = re.compile("[\u202a-\u202e\u2066-\u2069]")
_LINE: TypeAdapter[str] = TypeAdapter(Annotated[str, Line])
_PARAGRAPH: TypeAdapter[str] = TypeAdapter(Annotated[str, Paragraph])


class _Part(BaseModel):
    """A part of TMDB's answer; what is null there is missing."""

    @model_validator(mode="before")
    @classmethod
    def _without_nulls(cls, sent: Any) -> Any:
        return {name: value for name, value in sent.items() if value is not None} if isinstance(sent, dict) else sent


class _Named(_Part):
    name: str = ""


class _Actor(_Named):
    order: int = 10_000


class _Credits(_Part):
    cast: list[_Actor] = []


class _Release(_Part):
    certification: str | None = None
    type: int = 0


class _Releases(_Part):
    iso_3166_1: str = ""
    release_dates: list[_Release] = []


class _ReleaseDates(_Part):
    results: list[_Releases] = []


class _Answer(_Part):
    """What is read of TMDB's answer."""

    title: str | None = None
    original_title: str | None = None
    original_language: str | None = None
    overview: str | None = None
    genres: list[_Named] = []
    runtime: int | None = None
    release_date: str | None = None
    poster_path: str | None = None
    backdrop_path: str | None = None
    vote_average: float | None = None
    vote_count: int | None = None
    credits: _Credits = _Credits()
    release_dates: _ReleaseDates = _ReleaseDates()


class Tmdb:
    """TMDB's API under one token; `http` is the process's client."""

    def __init__(self, settings: Settings, http: aiohttp.ClientSession) -> None:
        self._http = http
        self._token = settings.tmdb_token
        self._base = settings.tmdb_base_url.rstrip("/")
        self._pictures = settings.tmdb_image_base_url.rstrip("/")
        self._timeout = aiohttp.ClientTimeout(total=settings.tmdb_answer_seconds)

    async def description(self, tmdb_id: int) -> Description:
        """What TMDB knows of a film now; raises `MovieNotFound`, and `Unavailable` while TMDB is busy or away."""
        if self._token is None:
            raise Unavailable("no films are imported: TMDB_TOKEN is not set")
        try:
            async with asyncio.timeout(_ALL_SECONDS):
                body = await self._body(f"{self._base}/3/movie/{tmdb_id}", self._token.get_secret_value())
            return description_of(tmdb_id, body, self._pictures)
        except TimeoutError:
            raise Unavailable("TMDB does not answer in time") from None
        except ValidationError:
            log.warning("tmdb_unreadable", tmdb_id=tmdb_id)
            raise Unavailable("TMDB's answer cannot be read") from None

    async def _body(self, url: str, token: str) -> Any:
        """The body of a good answer. A call that TMDB has no time for, or that goes unanswered, is made again."""
        wait = 0.0
        for attempt in range(_TRIES):
            await asyncio.sleep(wait)
            status, headers, body = await self._get(url, token)
            if status == 200 and isinstance(body, dict):
                return body
            if status == 404 and isinstance(body, dict) and body.get("status_code") in _NO_SUCH_MOVIE:
                raise MovieNotFound("TMDB has no film with this id")
            wait = _seconds(headers.get("Retry-After"), default=0.25 * (attempt + 1))
            if status in {401, 403}:
                log.error("tmdb_refuses_token", status=status)
                break
            if wait > _LONGEST_WAIT:
                break
        log.warning("tmdb_unavailable", status=status)
        unavailable = Unavailable("TMDB is busy or away: try again shortly")
        unavailable.headers["Retry-After"] = str(max(1, round(wait)))
        raise unavailable

    async def _get(self, url: str, token: str) -> tuple[int, Mapping[str, str], Any]:
        """Status, headers and JSON of the answer; status 0 where there is none, None where it is no JSON."""
        headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
        request = self._http.get(url, params=_QUERY, headers=headers, timeout=self._timeout, allow_redirects=False)
        try:
            async with request as response:
                return response.status, response.headers, orjson.loads(await response.read())
        except orjson.JSONDecodeError:
            return response.status, response.headers, None
        except (aiohttp.ClientError, TimeoutError, OSError):
            return 0, {}, None


def description_of(tmdb_id: int, body: Any, pictures: str) -> Description:
    """The film of a body of TMDB's; `pictures` is the address of its pictures. Raises `ValidationError`."""
    answer = _Answer.model_validate(body)
    names = [answer.title, answer.original_title, f"TMDB {tmdb_id}"]
    cast = sorted(answer.credits.cast, key=lambda actor: actor.order)
    return Description(
        title=next(title for title in (_line(name, 200) for name in names) if title),
        genres=_lines([genre.name for genre in answer.genres], 40)[:_MAX_GENRES],
        runtime=answer.runtime if answer.runtime and 1 <= answer.runtime <= MAX_RUNTIME_MINUTES else None,
        rating=_rating(answer),
        language=_line(answer.original_language, 40) or "xx",
        synopsis=_paragraph(answer.overview, 5000) or None,
        release_date=_day(answer.release_date),
        poster=_picture(f"{pictures}/{_POSTER}", answer.poster_path),
        backdrop=_picture(f"{pictures}/{_BACKDROP}", answer.backdrop_path),
        cast=_lines([actor.name for actor in cast], 200)[:_MAX_CAST],
        tmdb_id=tmdb_id,
    )


def _rating(answer: _Answer) -> str | float | None:
    """The certificate of our country, that of the cinema first; else the score, where anybody has voted."""
    here = [
        release
        for releases in answer.release_dates.results
        if releases.iso_3166_1 == _COUNTRY
        for release in sorted(releases.release_dates, key=lambda release: release.type != 3)
    ]
    certificate = next((text for text in (_line(release.certification, 40) for release in here) if text), None)
    if certificate:
        return certificate
    score = answer.vote_average
    return round(score, 1) if score is not None and answer.vote_count and 0 <= score <= 10 else None


def _line(text: str | None, longest: int) -> str:
    """The text on one line, without what no text of ours has; empty where nothing is left."""
    shown = _DIRECTIONS.sub("", text or "")
    shown = "".join(" " if unicodedata.category(each) in _NOT_IN_TEXT else each for each in shown)
    return _valid(_LINE, " ".join(shown.split())[:longest].strip())


def _lines(texts: list[str], longest: int) -> tuple[str, ...]:
    """The texts, each on one line and once, without empty ones."""
    return tuple(dict.fromkeys(line for line in (_line(text, longest) for text in texts) if line))


def _paragraph(text: str | None, longest: int) -> str:
    lines = [_line(line, longest) for line in (text or "").splitlines()]
    return _valid(_PARAGRAPH, "\n".join(lines).strip()[:longest])


def _valid(kind: TypeAdapter[str], text: str) -> str:
    try:
        return kind.validate_python(text)
    except ValidationError:
        return ""


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text or "")
    except ValueError:
        return None


def _picture(base: str, path: str | None) -> str | None:
    return f"{base}{path}" if path and _PICTURE.fullmatch(path) else None


def _seconds(retry_after: str | None, *, default: float) -> float:
    if retry_after and retry_after.isascii() and retry_after.isdecimal():
        return min(float(retry_after), _LONGEST_TOLD)
    return default
