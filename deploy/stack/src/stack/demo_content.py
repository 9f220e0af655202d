"""The invented cinemas and movies of the demo data, as the admin API takes them."""

from dataclasses import dataclass

from stack.demo_screens import COUPLES, DOUBLE_AISLE, NO_I_NO_O, PLAIN, Json

# Far enough apart for the longest movie and the cleaning after it.
TIMES = ("11:00", "15:00", "19:00")
FREE_CURRENCY = "OMR"


@dataclass(frozen=True)
class Screen:
    """One room; every showtime in it starts from `base_price`, in minor units, save those at a time that is free."""

    name: str
    format: str
    base_price: int
    layout: Json
    free_at: str = ""


@dataclass(frozen=True)
class Theater:
    about: Json
    currency: str
    screens: tuple[Screen, ...]


def movie(title: str, genres: list[str], minutes: int, language: str, released: str, *texts: str) -> Json:
    """`texts` are the synopsis and then the cast."""
    return {
        "title": title,
        "genres": genres,
        "runtime": minutes,
        "language": language,
        "releaseDate": released,
        "synopsis": texts[0],
        "cast": list(texts[1:]),
    }


MOVIES: tuple[Json, ...] = (
    movie(
        "Monsoon Line",
        ["Drama", "Romance"],
        142,
        "Hindi",
        "2026-10-30",
        "Two strangers share the last local train on the wettest night of the year.",
        "Ira Sane",
        "Kabir Rao",
    ),
    movie(
        "The Salt Cartographer",
        ["Adventure"],
        128,
        "English",
        "2026-11-06",
        "A mapmaker crosses a white desert that moves every night.",
        "Nadia Farouk",
        "Tom Ellery",
    ),
    movie(
        "Kitchen of Small Wars",
        ["Comedy", "Family"],
        117,
        "Hindi",
        "2026-11-13",
        "Three generations, one stove, and a wedding for four hundred.",
        "Meher Dastur",
        "Anup Joshi",
    ),
    movie(
        "Night Ferry to Khasab",
        ["Thriller"],
        109,
        "Arabic",
        "2026-11-13",
        "Everyone on board has a reason not to arrive.",
        "Salim Haddad",
        "Reem Al Nour",
    ),
    movie(
        "Paper Tigers",
        ["Animation", "Family"],
        96,
        "English",
        "2026-11-20",
        "A folded tiger wants to be real, and must learn to get wet.",
        "Lena Cho",
    ),
    movie(
        "Café Zéro",
        ["Comedy"],
        101,
        "French",
        "2026-11-20",
        "The worst café in the city wins a prize by mistake.",
        "Élodie Marchand",
        "Jean Bose",
    ),
    movie(
        "Third Umpire",
        ["Drama", "Sport"],
        135,
        "Tamil",
        "2026-11-20",
        "One frame decides a final, and a man who has watched it ten thousand times.",
        "Vetri Anand",
        "Divya Raman",
    ),
    movie(
        "Orbit of Small Things",
        ["Science Fiction"],
        154,
        "English",
        "2026-11-27",
        "A repair process_group finds a message in the dust around a dead satellite.",
        "Amara Obi",
        "Jonas Lind",
    ),
)


def theater(
    name: str, address: str, city: str, geo: tuple[float, float], timezone: str, *amenities: str, **more: Json
) -> Json:
    return {
        "name": name,
        "address": address,
        "city": city,
        "geo": {"lat": geo[0], "lng": geo[1]},
        "timezone": timezone,
        "contact": {"email": "box-office@marquee.example"},
        "amenities": list(amenities),
        **more,
    }


# All of the price until a day before, half of it until two hours before, then nothing; fees stay with the theater.
TIERS: Json = {
    "tiers": [{"hoursBefore": 24, "refundPercent": 100}, {"hoursBefore": 2, "refundPercent": 50}],
    "feesRefunded": False,
}


THEATERS: tuple[Theater, ...] = (
    Theater(
        theater(
            "Marquee Lotus",
            "12 Marine Walk, Churchgate",
            "Mumbai",
            (18.9322, 72.8264),
            "Asia/Kolkata",
            "Parking",
            "Café",
            "Wheelchair access",
            cancellationPolicy=TIERS,
        ),
        "INR",
        (Screen("Screen 1", "IMAX", 45000, NO_I_NO_O), Screen("Screen 2", "2D", 28000, PLAIN)),
    ),
    Theater(
        theater("Marquee Banyan", "88 Hill Road, Bandra", "Mumbai", (19.0544, 72.8402), "Asia/Kolkata", "Café"),
        "INR",
        (Screen("Screen 1", "2D", 25000, DOUBLE_AISLE),),
    ),
    Theater(
        theater(
            "Marquee Creek",
            "5 Al Seef Street",
            "Dubai",
            (25.2632, 55.2972),
            "Asia/Dubai",
            "Valet parking",
            "Prayer room",
        ),
        "AED",
        (Screen("Screen 1", "Dolby", 5500, COUPLES),),
    ),
    Theater(
        theater("Marquee Dune", "Sheikh Zayed Road, Al Quoz", "Dubai", (25.1413, 55.2260), "Asia/Dubai", "Parking"),
        "AED",
        (Screen("Screen 1", "2D", 4000, PLAIN, free_at="11:00"),),
    ),
)
