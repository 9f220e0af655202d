// What the console consists of, and for whom.
import { area } from "../base/words.js";

const say = await area("console");

const EVERYONE = ["staff", "manager", "admin"];
const MANAGERS = ["manager", "admin"];
const ADMINS = ["admin"];

/** `name` is the folder of its page; `needsTheater: false` says that it is there before the first theater. */
export const SECTIONS = [
  { name: "today", title: say("Today"), roles: EVERYONE, load: () => import("./today/page.js") },
  { name: "counter", title: say("Counter"), roles: EVERYONE, load: () => import("./counter/page.js") },
  { name: "checkin", title: say("Check-in"), roles: EVERYONE, load: () => import("./checkin/page.js") },
  { name: "schedule", title: say("Schedule"), roles: MANAGERS, load: () => import("./schedule/page.js") },
  { name: "seats", title: say("Seats"), roles: MANAGERS, load: () => import("./seats/page.js") },
  { name: "bookings", title: say("Bookings"), roles: MANAGERS, load: () => import("./bookings/page.js") },
  { name: "cases", title: say("Cases"), roles: MANAGERS, load: () => import("./cases/page.js") },
  { name: "prices", title: say("Prices"), roles: MANAGERS, load: () => import("./prices/page.js") },
  { name: "layouts", title: say("Halls"), roles: MANAGERS, load: () => import("./layouts/page.js") },
  { name: "reports", title: say("Reports"), roles: MANAGERS, load: () => import("./reports/page.js") },
  { name: "theaters", title: say("Theaters"), roles: MANAGERS, needsTheater: false, load: () => import("./theaters/page.js") },
  { name: "films", title: say("Films"), roles: MANAGERS, needsTheater: false, load: () => import("./films/page.js") },
  { name: "queues", title: say("Waiting rooms"), roles: MANAGERS, load: () => import("./queues/page.js") },
  { name: "webhooks", title: say("Webhooks"), roles: MANAGERS, needsTheater: false, load: () => import("./webhooks/page.js") },
  { name: "people", title: say("People"), roles: ADMINS, needsTheater: false, load: () => import("./people/page.js") },
  { name: "audit", title: say("Audit"), roles: MANAGERS, needsTheater: false, load: () => import("./audit/page.js") },
];

/** Whether a user with these roles works in a section. */
export const isOpenTo = (section, roles = []) => section.roles.some((role) => roles.includes(role));
/** The path of a section, or of one thing in it. */
export const pathOf = (name, id) => (name === "today" ? "/console" : `/console/${name}${id ? `/${id}` : ""}`);
