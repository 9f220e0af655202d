// The code for the entrance, and the ticket to take along.
import { withQuery } from "../base/api.js";
import { file, save, useFile } from "../base/files.js";
import { html } from "../base/html.js";
import { Button, ButtonLink, Failure, useWork } from "../base/ui.js";
import { area } from "../base/words.js";

const say = await area("storefront");

/** A file of a booking: a link where a token opens it, else a button that reads it as its owner. */
export const Paper = ({ path, name, token, kind = "plain", children }) => {
  const [open, { busy, problem }] = useWork(async () => save(await file(path), name));
  if (token) return html`<${ButtonLink} kind=${kind} href=${withQuery(path, { token })} download=${name}>${children}<//>`;
  return html`<${Button} kind=${kind} busy=${busy} onClick=${open}>${children}<//><${Failure} problem=${problem} />`;
};

/** Of a booking whose ticket is valid; `token` where a link opened it. */
export const Entrance = ({ booking, token }) => {
  const path = `/api/bookings/${booking.id}`;
  const { address: own, problem } = useFile(token ? null : `${path}/qr.svg`);
  const address = token ? withQuery(`${path}/qr.svg`, { token }) : own;
  const file = `ticket-${booking.reference}`;
  return html`<section class="card entrance" aria-labelledby="entrance">
    <h2 id="entrance">${say("For the entrance")}</h2>
    <figure>
      <div class="code">${address && html`<img src=${address} alt=${say("QR code of booking {reference}", { reference: booking.reference })} width="240" height="240" />`}</div>
      <figcaption class="mono">${booking.reference}</figcaption>
    </figure>
    <${Failure} problem=${problem} />
    <p class="soft small">${say("Have your ticket at hand, on your phone or on paper.")}</p>
    <p class="actions">
      <${Paper} path=${`${path}/ticket.pdf`} name=${`${file}.pdf`} token=${token} kind="primary">${say("Ticket as PDF")}<//>
      <${Paper} path=${`${path}/ticket.ics`} name=${`${file}.ics`} token=${token}>${say("Add to calendar")}<//>
    </p>
  </section>`;
};
