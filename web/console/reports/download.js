// Reports as files: fetched with the caller's right, given to the browser as a file.
import { useState } from "preact/hooks";
import { withQuery } from "../../base/api.js";
import { file, save } from "../../base/files.js";
import { html } from "../../base/html.js";
import { Button, Failure, useWork } from "../../base/ui.js";
import { area } from "../../base/words.js";

const say = await area("console_reports");

const FILES = { sales: () => say("Sales"), occupancy: () => say("Occupancy"), "top-movies": () => say("Top films"), "no-shows": () => say("No-shows"), bookings: () => say("Bookings") };

/** `query`: from, to, theaterId, currency. */
export const Downloads = ({ query }) => {
  const [under, setUnder] = useState(null);
  const [run, { busy, problem }] = useWork(async (report) => {
    setUnder(report);
    save(await file(withQuery("/api/admin/reports/export", { report, ...query })), `${report}-${query.from}-${query.to}.csv`);
  });
  return html`<p class="row">${Object.entries(FILES).map(([report, name]) => html`<${Button} key=${report} busy=${busy && under === report} disabled=${busy} onClick=${() => run(report)}>${say("{report} as CSV", { report: name() })}<//>`)}</p>
    <${Failure} problem=${problem} />`;
};
