// How many seats are free, held, sold and taken out, counted as the map hears of them.
import { useEffect, useState } from "preact/hooks";

export const countsOf = (seats) => {
  const counts = {};
  for (const { status } of seats) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
};

/** Counted anew whenever the map of a show changes. */
export const useCounts = (map, showtimeId) => {
  const [counts, setCounts] = useState({});
  useEffect(() => {
    const element = map.current;
    if (!element) return undefined;
    const count = () => setCounts(countsOf(element.seats));
    element.addEventListener("marquee-state", count);
    count();
    return () => element.removeEventListener("marquee-state", count);
  }, [showtimeId]);
  return counts;
};
