// A theater between its form and the API: text on one side, places, zones and tiers on the other.

const text = (value) => (value === undefined || value === null ? "" : String(value));
const parse = (written) => (String(written).trim() === "" ? NaN : Number(String(written).trim().replace(",", ".")));

/** The form's fields of a theater; of a new one without. */
export const fieldsOf = (theater) => ({
  name: text(theater?.name), address: text(theater?.address), city: text(theater?.city), lat: text(theater?.geo?.lat), lng: text(theater?.geo?.lng),
  timezone: theater?.timezone ?? "Asia/Kolkata", phone: text(theater?.contact?.phone), email: text(theater?.contact?.email),
  amenities: (theater?.amenities ?? []).join(", "), code: text(theater?.code), taxId: text(theater?.taxId),
  forbidsSingleSeats: theater?.forbidsSingleSeats ?? false, feesRefunded: theater?.cancellationPolicy?.feesRefunded ?? false,
  tiers: (theater?.cancellationPolicy?.tiers ?? [{ hoursBefore: 24, refundPercent: 100 }, { hoursBefore: 2, refundPercent: 50 }])
    .map((tier) => ({ hoursBefore: String(tier.hoursBefore), refundPercent: String(tier.refundPercent) })),
});

/** Names of the fields whose numbers cannot be read. */
export const unreadable = (fields) => [
  ...["lat", "lng"].filter((name) => Number.isNaN(parse(fields[name]))),
  ...(fields.tiers.some((tier) => Number.isNaN(parse(tier.hoursBefore)) || Number.isNaN(parse(tier.refundPercent))) ? ["tiers"] : []),
];

/** The body that the fields say; what is empty is null where it may be. Tiers go from the longest to the shortest. */
export const bodyOf = (fields, isNew) => {
  const optional = (value) => value.trim() || null;
  const tiers = fields.tiers.map((tier) => ({ hoursBefore: parse(tier.hoursBefore), refundPercent: parse(tier.refundPercent) }));
  const body = {
    name: fields.name.trim(), address: fields.address.trim(), city: fields.city.trim(), geo: { lat: parse(fields.lat), lng: parse(fields.lng) },
    timezone: fields.timezone, contact: { phone: optional(fields.phone), email: optional(fields.email) },
    amenities: fields.amenities.split(",").map((each) => each.trim()).filter(Boolean),
    cancellationPolicy: { tiers: tiers.sort((one, other) => other.hoursBefore - one.hoursBefore), feesRefunded: fields.feesRefunded },
    forbidsSingleSeats: fields.forbidsSingleSeats, code: optional(fields.code.toUpperCase()), taxId: optional(fields.taxId),
  };
  if (isNew && body.code === null) delete body.code;
  return body;
};
