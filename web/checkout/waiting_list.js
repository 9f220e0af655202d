// Sold out: wait for seats that come free.
import { useEffect, useState } from "preact/hooks";
import { api } from "../base/api.js";
import { html } from "../base/html.js";
import { someone, user } from "../base/session.js";
import { Button, Failure, Field, Notice, useWork } from "../base/ui.js";
import { area } from "../base/words.js";
import { Contact, useContact } from "./contact.js";
import { typeName } from "./names.js";

const say = await area("checkout");
const MOST = 10;
const LOOK_MS = 10_000;

export const WaitingList = ({ sale, seats }) => {
  const [isWaiting, setWaiting] = useState(false);
  const contact = useContact();
  const [join, { busy, problem }] = useWork(async ({ count, type }) => {
    await someone();
    if (!(await contact.save())) return;
    await api.post("/api/waitlist", { showtimeId: sale.id, count: Number(count), ...(type ? { type } : {}) });
    setWaiting(true);
  });
  useEffect(() => {
    if (!user.value) return undefined;
    const look = async () => {
      const { items } = await api.get("/api/waitlist/my");
      const entry = items.find((each) => each.showtimeId === sale.id && ["waiting", "offered"].includes(each.status));
      if (entry?.status === "offered") await sale.open(entry.offer.holdId);
      else if (entry) setWaiting(true);
    };
    const lookQuietly = () => look().catch(() => {}); // the next look may reach somebody
    lookQuietly();
    const timer = setInterval(lookQuietly, LOOK_MS);
    return () => clearInterval(timer);
  }, [isWaiting]);
  if (isWaiting)
    return html`<${Notice} kind="good"><p>${say("You are on the waiting list. As soon as seats come free, they are held for you and you get a message.")} <a href="/waitlist">${say("My waiting lists")}</a></p><//>`;
  const onSubmit = (event) => {
    event.preventDefault();
    join(Object.fromEntries(new FormData(event.target)));
  };
  const types = [...new Set(seats.map((seat) => seat.type))];
  return html`<form class="card waiting" onSubmit=${onSubmit}>
    <h3>${say("Sold out")}</h3>
    <p>${say("Seats come free when somebody cancels. Join the waiting list: they are held for you in the order of joining.")}</p>
    <div class="two">
      <${Field} as="select" label=${say("How many seats")} name="count">${Array.from({ length: MOST }, (_, at) => html`<option key=${at} value=${at + 1} selected=${at === 1}>${at + 1}</option>`)}<//>
      ${types.length > 1 && html`<${Field} as="select" label=${say("Kind")} name="type"><option value="">${say("Any")}</option>${types.map((type) => html`<option key=${type} value=${type}>${typeName(type)}</option>`)}<//>`}
    </div>
    <${Contact} contact=${contact} />
    <${Failure} problem=${problem} />
    <${Button} type="submit" kind="primary" busy=${busy}>${say("Join the waiting list")}<//>
  </form>`;
};
