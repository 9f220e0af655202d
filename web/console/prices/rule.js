// Pricing rules between the form by which they are edited and the API: text on one side, minor units and shares on the other.

export const WEEKDAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
export const ADJUSTS = ["percent", "amount", "setTo"];

const text = (value) => (value === undefined || value === null ? "" : String(value));
const share = (value) => (value === undefined || value === null ? "" : String(Math.round(value * 10000) / 100));
const units = (value, digits) => (value === undefined || value === null ? "" : (value / 10 ** digits).toFixed(digits));
const time = (value) => text(value).slice(0, 5);

/** The form's fields of a rule; of a new one without. `digits` of the currency's minor unit. */
export const fieldsOf = (rule, digits) => {
  const when = rule?.when ?? {};
  const kind = ADJUSTS.find((name) => text(rule?.adjust?.[name]) !== "") ?? "percent";
  return {
    name: text(rule?.name), days: [...(when.daysOfWeek ?? [])], from: time(when.from), to: time(when.to), dates: (when.dates ?? []).join(", "),
    hoursAtLeast: text(when.hoursBefore?.gte), hoursAtMost: text(when.hoursBefore?.lte),
    fullAtLeast: share(when.occupancy?.gte), fullAtMost: share(when.occupancy?.lte),
    format: text(when.format), seatType: text(when.seatType), ticketType: text(when.ticketType),
    kind, value: kind === "percent" ? text(rule?.adjust?.percent) : units(rule?.adjust?.[kind], digits),
    minPrice: units(rule?.minPrice, digits), maxPrice: units(rule?.maxPrice, digits),
  };
};

const parse = (written) => (written.trim() === "" ? null : Number(written.trim().replace(",", ".")));

/** Names of the fields that cannot be read: numbers that are none, dates that are none, nothing to adjust. */
export const unreadable = (fields) => {
  const wrong = ["hoursAtLeast", "hoursAtMost", "fullAtLeast", "fullAtMost", "value", "minPrice", "maxPrice"].filter((name) => Number.isNaN(parse(fields[name])));
  if (!fields.name.trim()) wrong.push("name");
  if (parse(fields.value) === null) wrong.push("value");
  if (fields.dates.split(/[\s,;]+/).filter(Boolean).some((date) => !/^\d{4}-\d\d-\d\d$/.test(date))) wrong.push("dates");
  if (Boolean(fields.from) !== Boolean(fields.to)) wrong.push(fields.from ? "to" : "from");
  return [...new Set(wrong)];
};

const span = (least, most, factor = 1) => {
  const both = {};
  const scaled = (written) => Math.round(parse(written) * factor * 1e6) / 1e6;
  if (parse(least) !== null) both.gte = scaled(least);
  if (parse(most) !== null) both.lte = scaled(most);
  return Object.keys(both).length ? both : null;
};

/** The rule that the fields say. What is empty is left out. */
export const ruleOf = (fields, digits) => {
  const minor = (written) => (parse(written) === null ? null : Math.round(parse(written) * 10 ** digits));
  const dates = fields.dates.split(/[\s,;]+/).filter(Boolean);
  const when = {
    daysOfWeek: fields.days.length ? WEEKDAYS.filter((day) => fields.days.includes(day)) : null,
    from: fields.from || null, to: fields.to || null, dates: dates.length ? dates : null,
    hoursBefore: span(fields.hoursAtLeast, fields.hoursAtMost), occupancy: span(fields.fullAtLeast, fields.fullAtMost, 0.01),
    format: fields.format.trim() || null, seatType: fields.seatType.trim() || null, ticketType: fields.ticketType.trim() || null,
  };
  const said = (all) => Object.fromEntries(Object.entries(all).filter(([, value]) => value !== null));
  return said({
    name: fields.name.trim(), when: said(when), adjust: { [fields.kind]: fields.kind === "percent" ? parse(fields.value) : minor(fields.value) },
    minPrice: minor(fields.minPrice), maxPrice: minor(fields.maxPrice),
  });
};

/** A list with the entry at one place moved by so many; the same list where it cannot be moved. */
export const moved = (list, at, by) => {
  const to = at + by;
  if (to < 0 || to >= list.length) return list;
  const next = [...list];
  next.splice(to, 0, ...next.splice(at, 1));
  return next;
};
