// A guest written against the types that openapi-typescript makes: buys two seats, cancels them, and meets a refusal.
import createClient from "openapi-fetch";
import type { components, paths } from "./marquee.js";

type Booking = components["schemas"]["Booking"];
type Paid = { razorpay_order_id: string; razorpay_payment_id: string; razorpay_signature: string };

const setting = (name: string): string => {
  const found = process.env[name];
  if (found === undefined) throw new Error(`${name} is not set`);
  return found;
};

const showtimeId = setting("SHOWTIME");
const client = createClient<paths>({ baseUrl: setting("GATEWAY") });

const expect = (holds: boolean, what: string): void => {
  if (!holds) throw new Error(what);
};

const signIn = async (): Promise<void> => {
  const name = crypto.randomUUID();
  const { data, error } = await client.POST("/api/auth/register", {
    body: { name: "A TypeScript guest", email: `${name}@guests.test`, password: `secret ${name}` },
  });
  if (!data) throw new Error(error.code);
  if (!("accessToken" in data)) throw new Error("an e-mail address signs in at once, a phone by its code");
  const { accessToken } = data;
  client.use({
    onRequest: ({ request }) => {
      request.headers.set("Authorization", `Bearer ${accessToken}`);
      return request;
    },
  });
};

const twoFreeSeats = async (): Promise<[string, string]> => {
  const { data, response } = await client.GET("/api/seats/availability", { params: { query: { showtimeId } } });
  const [first, second] = data?.seats.filter((seat) => seat.status === "available") ?? [];
  if (!first || !second) throw new Error("no two seats are free");
  const etag = response.headers.get("ETag") ?? "";
  const again = await client.GET("/api/seats/availability", {
    params: { query: { showtimeId }, header: { "If-None-Match": etag } },
  });
  expect(etag !== "" && again.response.status === 304, "the map is known by its ETag");
  return [first.seatId, second.seatId];
};

const hold = async (seatIds: string[]): Promise<string> => {
  const header = { "Idempotency-Key": crypto.randomUUID() };
  const first = await client.POST("/api/seats/hold", { params: { header }, body: { showtimeId, seatIds } });
  if (!first.data) throw new Error(first.error.code);
  const again = await client.POST("/api/seats/hold", { params: { header }, body: { showtimeId, seatIds } });
  expect(again.data?.id === first.data.id, "a repeated hold is the same hold");
  expect(again.response.headers.get("Idempotency-Replayed") === "true", "and says so");
  return first.data.id;
};

const refused = async (seatIds: string[]): Promise<void> => {
  const { error } = await client.POST("/api/seats/hold", { body: { showtimeId, seatIds } });
  switch (error?.code) {
    case "seats_unavailable":
      return expect(error.seatIds.join() === seatIds.join(), "the seats that are taken are named");
    case "validation_error":
      throw new Error(error.errors.map(({ path, message }) => `${path}: ${message}`).join());
    default:
      throw new Error(`held twice: ${error?.code}`);
  }
};

const pay = async (orderId: string): Promise<Paid> => {
  const page = `${setting("PROVIDER")}/_sim/orders/${orderId}/pay`;
  const body = JSON.stringify({ outcome: "captured" });
  const answer = await fetch(page, { method: "POST", body, headers: { "Content-Type": "application/json" } });
  return (await answer.json()) as Paid;
};

const confirmed = async (paid: Paid): Promise<Booking> => {
  const body = {
    orderId: paid.razorpay_order_id,
    razorpayPaymentId: paid.razorpay_payment_id,
    razorpaySignature: paid.razorpay_signature,
  };
  for (;;) {
    const { data, error, response } = await client.POST("/api/bookings/confirm", { body });
    if (data?.status === "confirmed") return data;
    if (!data && error.code !== "payment_pending" && error.code !== "service_unavailable") throw new Error(error.code);
    await new Promise((resolve) => setTimeout(resolve, 1000 * Number(response.headers.get("Retry-After") ?? 1)));
  }
};

const cancelled = async (bookingId: string): Promise<Booking> => {
  const params = { path: { bookingId } };
  for (;;) {
    const { data, error } = await client.POST("/api/bookings/{bookingId}/cancel", { params });
    if (data) return data;
    if (error.code !== "service_unavailable") throw new Error(error.code);
  }
};

await signIn();
const seatIds = await twoFreeSeats();
const holdId = await hold(seatIds);
await refused(seatIds);
const order = await client.POST("/api/payments/create-order", { body: { holdId } });
if (!order.data) throw new Error(order.error.code);
if (order.data.orderId === undefined) throw new Error("nothing to pay");
const booking = await confirmed(await pay(order.data.orderId));
expect(booking.seats.map((seat) => seat.seatId).join() === seatIds.join(), "the booking has the seats that were held");
const ended = await cancelled(booking.id);
expect(ended.status === "cancelled" && ended.refund?.amount === booking.amount, "all of the money goes back");
console.log(JSON.stringify({ bookingId: booking.id, status: ended.status, refund: ended.refund }));
