// The bar above the seats: map, list or both, whether the seats are live, and the buttons that zoom.
import { html, svg } from "./elements.js";

export const ZOOMS = { in: "Zoom in", out: "Zoom out", whole: "Show the whole map" };
const PICTURES = { out: "M4 12H20", in: "M4 12H20M12 4V20", whole: "M4 9V4H9M15 4H20V9M20 15V20H15M9 20H4V15" };
export const CONNECTIONS = { connecting: "Connecting…", live: "Live", offline: "Offline", closed: "Closed" };

export class Controls {
  /** @param {{onView: (pressed: "map" | "list") => void, zoom: () => import("./zoom.js").Zoom}} parts */
  constructor({ onView, zoom }) {
    const view = (name) => html("button", { type: "button", onclick: () => onView(name) });
    const zooming = (name) => html("button", { type: "button", onclick: () => zoom()[name]() },
      svg("svg", { viewBox: "0 0 24 24", "aria-hidden": "true", focusable: "false" }, svg("path", { d: PICTURES[name] })));
    this.views = { map: view("map"), list: view("list") };
    this.zooms = { out: zooming("out"), whole: zooming("whole"), in: zooming("in") };
    this.viewGroup = html("div", { class: "views", role: "group" }, this.views.map, this.views.list);
    this.zoomGroup = html("div", { class: "zoom", role: "group" }, ...Object.values(this.zooms));
    this.connection = html("span", { class: "connection" });
    this.root = html("div", { class: "bar" }, this.viewGroup, this.connection, this.zoomGroup);
  }

  /** `shown`: `{map, list}`, which of them are there to be seen. */
  draw(say, shown, connection) {
    this.viewGroup.setAttribute("aria-label", say("How seats are shown"));
    this.zoomGroup.setAttribute("aria-label", say("Zoom"));
    this.views.map.textContent = say("Map");
    this.views.list.textContent = say("List");
    for (const [name, button] of Object.entries(this.views)) button.setAttribute("aria-pressed", shown[name]);
    for (const [name, button] of Object.entries(this.zooms)) {
      button.setAttribute("aria-label", say(ZOOMS[name]));
      button.title = say(ZOOMS[name]);
    }
    this.zoomGroup.hidden = !shown.map;
    this.connection.textContent = say(CONNECTIONS[connection]);
    this.connection.className = `connection ${connection}`;
  }
}
