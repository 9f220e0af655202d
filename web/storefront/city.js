// The city whose programme is shown: the address's, else the one that was chosen last, else one by the browser's clock,
// else the one with the most theaters.
import { useEffect } from "preact/hooks";
import { signal } from "@preact/signals";
import { all, api } from "../base/api.js";
import { dateIn } from "../base/format.js";
import { place, setQuery } from "../base/router.js";
import { lasting } from "../base/storage.js";
import { useLoaded } from "../base/ui.js";

const CITY = "city";
let asked = null;

// [{city, timezone, count, theaterIds}], of the cities where something plays.
const readCities = async () => {
  const [cities, theaters] = await Promise.all([api.get("/api/cities"), all("/api/theaters")]);
  return cities.items.map(({ city, theaters: count }) => {
    const here = theaters.filter((theater) => theater.city === city);
    return { city, count, timezone: here[0]?.timezone ?? "UTC", theaterIds: here.map(({ id }) => id) };
  });
};

// Asked once a page load; a failure is not remembered.
const cities = () => {
  asked ??= readCities().catch((problem) => {
    asked = null;
    throw problem;
  });
  return asked;
};

// What was shown last: `{city, timezone}` or null.
const chosen = signal(lasting.read(CITY));

// Only what somebody chose, not what we took.
const remember = ({ city, timezone }) => {
  if (chosen.value?.city === city && chosen.value.timezone === timezone) return;
  chosen.value = { city, timezone };
  lasting.write(CITY, chosen.value);
};

/** Show another city; the address says which. */
export const choose = (city) => {
  remember(city);
  setQuery({ city: city.city });
};

const named = (known, name) => known.find(({ city }) => city === name) ?? null;
const taken = (known) => {
  const browserZone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const bySize = [...known].sort((one, other) => other.count - one.count);
  return bySize.find(({ timezone }) => timezone === browserZone) ?? bySize[0] ?? null;
};

/**
 * The city to show, and all there are: `{city, isChosen, known, problem, reload}`; `known` is null while they are not
 * known, `isChosen` says whether somebody wanted this city.
 */
export const useCity = () => {
  const { value: known, problem, reload } = useLoaded(cities, []);
  const inAddress = known && named(known, place.value.query.get("city"));
  const wanted = known ? inAddress ?? named(known, chosen.value?.city) : chosen.value;
  useEffect(() => {
    if (inAddress) remember(inAddress);
  }, [inAddress]);
  return { city: wanted ?? (known && taken(known)), isChosen: Boolean(wanted), known, problem, reload };
};

/** Today by a city's clock, as 2026-11-30. */
export const todayIn = (timezone) => dateIn(Date.now(), timezone);
