"""Distances on the globe."""

from math import asin, cos, radians, sin, sqrt

Point = tuple[float, float]
"""Latitude and longitude in degrees."""
EARTH_KM = 6371.0088  # mean radius, IUGG


def distance_km(a: Point, b: Point) -> float:
    """Great-circle distance of two points, by the haversine formula."""
    (lat_a, lng_a), (lat_b, lng_b) = (tuple(map(radians, point)) for point in (a, b))
    half = sin((lat_b - lat_a) / 2) ** 2 + cos(lat_a) * cos(lat_b) * sin((lng_b - lng_a) / 2) ** 2
    return 2 * EARTH_KM * asin(sqrt(min(1.0, half)))
