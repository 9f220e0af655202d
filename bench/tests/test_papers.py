"""The benchmark of printed things makes what it measures."""

from bench import papers


def test_it_measures_tickets_calendars_and_invoices() -> None:
    rows = papers.papers(sales=4)
    assert [row[0] for row in rows] == [
        "ticket.pdf",
        "ticket.ics",
        "ticket.pdf and ticket.ics, a sale",
        "invoice.pdf, when it is opened",
    ]
    assert all(float(row[1].removesuffix(" ms")) > 0 for row in rows)
