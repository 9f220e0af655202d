"""The numbers of invoices and credit notes: each series counts from 1, without a gap, and gives no number twice."""

from collections import defaultdict
from collections.abc import Iterator

from stack.audit.books import Books


def numbers_have_no_gap(books: Books) -> Iterator[str]:
    """The numbers of a series are those from 1 to its last, each of one paper; and each paper has one."""
    numbers: dict[str, list[int]] = defaultdict(list)
    for booking in books.bookings:
        given = {number["key"]: number["number"] for number in booking.get("facts", {}).get("numbers", ())}
        for paper in booking.get("papers", ()):
            if paper["key"] in given:
                numbers[_series(paper)].append(given[paper["key"]])
            else:
                yield f"{booking['_id']}: {paper['key']} has no number"
    last = {series["_id"]: series["last"] for series in books.series}
    for name in sorted(numbers.keys() | last.keys()):
        if sorted(numbers[name]) != list(range(1, last.get(name, 0) + 1)):
            missing = sorted(set(range(1, last.get(name, 0) + 1)) - set(numbers[name]))
            yield f"{name}: the last number is {last.get(name, 0)}, {len(numbers[name])} are used, {missing} are not"


def _series(paper: dict[str, str]) -> str:
    return f"{paper['code']}{'C' if paper['kind'] == 'credit_note' else ''}/{paper['year']}"
