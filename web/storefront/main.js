// The storefront: films, what one has bought, one's account.
import "./link_token.js";
import { start } from "../base/frame.js";
import { area } from "../base/words.js";

const say = await area("base");

start([
  ["/", () => import("./home.js")],
  ["/movies/:id", () => import("./film.js")],
  ["/theaters/:id", () => import("./theater.js")],
  ["/bookings", () => import("./bookings.js")],
  ["/bookings/:id", () => import("./booking.js")],
  ["/waitlist", () => import("./waitlist.js")],
  ["/account", () => import("../account/account.js")],
  ["/account/verify-email", () => import("../account/verify_email.js")],
  ["/account/reset-password", () => import("../account/reset_password.js")],
], { links: [["/", say("Films")], ["/bookings", say("My bookings")]] });
