"""A line admits in its order and at its pace, whoever comes when and however often the pace is changed."""

import math
from dataclasses import dataclass, field

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.waiting import line
from gateway.waiting.line import SECOND, Admitted, Drawing, Paces, Waiting

OPENS_AT = 1_800_000_000 * SECOND
PASS_SECONDS = 600


@dataclass
class People:
    """A line as Redis stores it: early comers in the order of their lots, then turns."""

    paces: Paces
    now: int = OPENS_AT
    turns: list[float] = field(default_factory=list)
    last: float = 0.0

    def draw(self, early: int) -> None:
        self.turns, self.last = [float(rank) for rank in range(early)], float(early)

    def join(self) -> float:
        turn = line.next_turn(self.paces, self.last, self.now)
        self.last = turn + 1
        self.turns.append(turn)
        return turn

    def standing(self, turn: float) -> line.Standing:
        return line.standing(self.paces, turn, self.now, PASS_SECONDS)


per_minute = st.integers(1, 60_000)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("wait"), st.integers(0, 200 * SECOND)),
        st.tuples(st.just("join"), st.integers(1, 5)),
        st.tuples(st.just("pace"), per_minute),
    ),
    max_size=20,
)


@settings(max_examples=100, deadline=None)
@given(per_minute, st.integers(0, 30), steps)
def test_nobody_is_overtaken_and_positions_only_fall(rate: int, early: int, steps: list[tuple[str, int]]) -> None:
    people = People(line.opened(OPENS_AT, rate))
    people.draw(early)
    positions = dict[int, int]()
    admitted = set[int]()
    for what, number in steps:
        if what == "wait":
            people.now += number
        elif what == "join":
            for _ in range(number):
                people.join()
        else:
            people.paces = line.with_pace(people.paces, people.now, number)
        assert people.turns == sorted(people.turns)
        waiting = 0
        for place, turn in enumerate(people.turns):
            stands = people.standing(turn)
            if isinstance(stands, Waiting) and stands.ahead is not None:
                assert place not in admitted
                assert stands.ahead == waiting
                assert stands.ahead <= positions.get(place, stands.ahead)
                positions[place] = stands.ahead
                waiting += 1
            else:
                assert waiting == 0
                admitted.add(place)


@settings(max_examples=100, deadline=None)
@given(per_minute, st.integers(1, 400), st.integers(0, 300 * SECOND))
def test_of_a_full_line_as_many_are_admitted_as_the_pace_says(rate: int, early: int, later: int) -> None:
    people = People(line.opened(OPENS_AT, rate))
    people.draw(early)
    people.now += later
    expected = min(early, math.floor(later * rate / (60 * SECOND)) + 1)
    assert abs(sum(line.instant_of(people.paces, turn) <= people.now for turn in people.turns) - expected) <= 1


@settings(max_examples=100, deadline=None)
@given(per_minute, st.integers(0, 3_600 * SECOND))
def test_a_quiet_time_lets_nobody_in_faster_afterwards(rate: int, quiet: int) -> None:
    people = People(line.opened(OPENS_AT, rate))
    people.now += quiet
    first, second = people.join(), people.join()
    assert isinstance(people.standing(first), Admitted)
    wait = line.instant_of(people.paces, second) - people.now
    assert abs(wait - 60 * SECOND / rate) <= 1 + 60 * SECOND / rate * 1e-6


def test_before_the_opening_all_are_drawing() -> None:
    paces = line.opened(OPENS_AT, 600)
    assert line.standing(paces, 0.0, OPENS_AT - 1, PASS_SECONDS) == Drawing(OPENS_AT, is_in=True)
    assert line.standing(paces, None, OPENS_AT - 1, PASS_SECONDS) == Drawing(OPENS_AT, is_in=False)
    assert isinstance(line.standing(paces, 0.0, OPENS_AT, PASS_SECONDS), Admitted)


def test_who_has_no_turn_waits_without_a_place_and_a_turn_lapses() -> None:
    paces = line.opened(OPENS_AT, 60)
    assert line.standing(paces, None, OPENS_AT, PASS_SECONDS) == Waiting()
    last_moment = OPENS_AT + 2 * SECOND + PASS_SECONDS * SECOND
    assert line.standing(paces, 2.0, last_moment - 1, PASS_SECONDS) == Admitted(last_moment)
    assert line.standing(paces, 2.0, last_moment, PASS_SECONDS) == Waiting()
    assert line.lapsed_turn(paces, last_moment, PASS_SECONDS) == 2.0
    assert line.lapsed_turn(paces, OPENS_AT + 1, PASS_SECONDS) < 0


def test_a_new_pace_moves_only_those_who_still_wait() -> None:
    paces = line.with_pace(line.opened(OPENS_AT, 60), OPENS_AT + 10 * SECOND, 6)
    assert line.instant_of(paces, 9.0) == OPENS_AT + 9 * SECOND
    assert line.instant_of(paces, 11.0) == OPENS_AT + 20 * SECOND
    assert line.standing(paces, 12.0, OPENS_AT + 10 * SECOND, PASS_SECONDS) == Waiting(1, 20 * SECOND)
    early = line.with_pace(line.opened(OPENS_AT, 60), OPENS_AT - 5, 6)
    assert early == line.opened(OPENS_AT, 6)
