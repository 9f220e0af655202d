"""Rights of a user: roles that count everywhere, and roles granted at one theater each."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, get_args

GrantedRole = Literal["staff", "manager"]
Role = Literal["user", "staff", "manager", "admin"]
GRANTED_ROLES: frozenset[str] = frozenset(get_args(GrantedRole))
_RANKS = {role: rank for rank, role in enumerate(get_args(Role))}


@dataclass(frozen=True, slots=True)
class Grant:
    """A role at one theater."""

    theater_id: str
    role: str


@dataclass(frozen=True, slots=True)
class Rights:
    """`roles` count everywhere, each of `grants` at its theater alone. Equal rights compare equal: use `Rights.of`."""

    roles: tuple[str, ...]
    grants: tuple[Grant, ...] = ()

    @classmethod
    def of(cls, roles: Iterable[str], grants: Iterable[Grant] = ()) -> "Rights":
        """Without repeats and in one order: roles by rank, grants by theater and then by rank."""
        by_theater_and_rank = sorted(set(grants), key=lambda grant: (grant.theater_id, _RANKS[grant.role]))
        return cls(tuple(sorted(set(roles), key=_RANKS.__getitem__)), tuple(by_theater_and_rank))

    @property
    def all_roles(self) -> list[str]:
        """The roles that the user has anywhere, by rank."""
        return sorted({*self.roles, *(grant.role for grant in self.grants)}, key=_RANKS.__getitem__)

    @property
    def by_theater(self) -> dict[str, list[str]]:
        """Theater id → the roles granted there, by rank."""
        roles: dict[str, list[str]] = defaultdict(list)
        for grant in self.grants:
            roles[grant.theater_id].append(grant.role)
        return dict(roles)
