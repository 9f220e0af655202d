// Reading a booking: by the token of a mail's link, which opens this one alone, or as one's own.
import { api, withQuery } from "../base/api.js";
import { resume } from "../base/session.js";
import { tokenOf } from "./link_token.js";

const MOST = 100; // of one's own bookings are looked through for one that a link opened

const isOwn = async (id, signal) => {
  if (!(await resume())) return false;
  const { items } = await api.get(withQuery("/api/bookings/my", { pageSize: MOST }), { signal });
  return items.some((booking) => booking.id === id);
};

/**
 * `{booking, isOwn, token}`; `isOwn`: one may cancel it and have its invoice. `booking` is null where there is neither
 * a link's token nor a session. Raises `Problem`.
 */
export const readBooking = async (id, signal) => {
  const path = `/api/bookings/${encodeURIComponent(id)}`;
  const token = tokenOf(`/bookings/${id}`);
  if (token) {
    const booking = await api.get(withQuery(path, { token }), { anonymous: true, signal });
    return { booking, isOwn: await isOwn(id, signal), token };
  }
  if (!(await resume())) return { booking: null, isOwn: false, token: null };
  return { booking: await api.get(path, { signal }), isOwn: true, token: null };
};
