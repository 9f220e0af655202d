// The page of a showtime, from the seats to the ticket. It is the only one of its shell: all of it is loaded at once.
import { start } from "../base/frame.js";
import { area } from "../base/words.js";
import Showtime from "./page.js";

const say = await area("base");

start([["/showtimes/:id", async () => ({ default: Showtime })]], { links: [["/", say("Films")], ["/bookings", say("My bookings")]], wide: true });
