"""`python -m stack.audit`: wait until all work is done, compare the books, exit non-zero on a violation."""

import os
import sys

from stack import options
from stack.audit.books import Books, alive
from stack.audit.checks import violations
from stack.audit.reading import drained, later, read
from stack.calls import NoAnswerError
from stack.state import State


def main() -> int:
    stack_info = State(options.read(os.environ).folder).stack_info()
    if stack_info is None:
        print("no stack runs here: start one with `make up`", file=sys.stderr)
        return 2
    try:
        left, books = drained(stack_info), read(stack_info)
        set_for_later = later(stack_info)
    except NoAnswerError as error:
        print(f"the stack cannot be read: {error}", file=sys.stderr)
        return 2
    broken = violations(books)
    print(_counts(books))
    for line in set_for_later:
        print(f"SET FOR LATER  {line}")
    for line in left:
        print(f"LEFT AFTER 60 s  {line}")
    for line in broken:
        print(f"VIOLATION  {line}")
    print("audit: clean" if not left and not broken else f"audit: {len(broken)} violations, {len(left)} left undone")
    return 1 if left or broken else 0


def _counts(books: Books) -> str:
    cases = sum(len(payment.get("cases", ())) for payment in books.payments)
    return (
        f"{len(books.ledgers)} ledgers with {sum(len(ledger['sold']) for ledger in books.ledgers)} seats sold, "
        f"{len(books.bookings)} bookings of which {len(alive(books))} confirmed, {len(books.captures)} captures, "
        f"{len(books.refunds)} refunds, {len(books.deliveries)} deliveries, {sum(books.mails.values())} mails caught, "
        f"{cases} cases"
    )


if __name__ == "__main__":
    sys.exit(main())
