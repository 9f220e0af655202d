// `/console/bookings`: the search; `/console/bookings/<bookingId>`: one booking.
import { html } from "../../base/html.js";
import { styles } from "../styles.js";
import { Search } from "./list.js";
import { One } from "./one.js";

await styles(new URL("./bookings.css", import.meta.url));

export default function Bookings({ id, arrived }) {
  return id ? html`<${One} id=${id} arrived=${arrived} />` : html`<${Search} arrived=${arrived} />`;
}
