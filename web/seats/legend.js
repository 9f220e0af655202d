// What signs mean and seats cost. Prices are buttons: those pressed leave other types in the background.
import { html, svg } from "./elements.js";
import { COMPANION, WHEELCHAIR, pathOf } from "./shapes.js";

const picture = (path, classes, sign) => svg("svg", { class: "sample", viewBox: "-12 -12 24 24", "aria-hidden": "true", focusable: "false" },
  svg("path", { class: classes, d: path }), sign && svg("g", { class: "signs" }, svg("path", { d: sign })));

export class Legend {
  /** @param {{model: import("./model.js").SeatModel, onFilter: () => void}} parts */
  constructor({ model, onFilter }) {
    Object.assign(this, { model, onFilter });
    this.prices = html("div", { class: "prices", role: "group" });
    this.signs = html("ul", { class: "meaning" });
  }

  draw(names, shapes) {
    const { say, money } = names;
    this.prices.setAttribute("aria-label", say("Show prices"));
    this.prices.replaceChildren(...this.model.types().map(({ type, least, most }) => {
      const shape = shapes.get(type);
      const price = least === most ? money(least) : `${money(least)} – ${money(most)}`;
      return html("button", { type: "button", class: "price", "aria-pressed": this.model.filter.has(type), onclick: ({ currentTarget }) => this.toggle(type, currentTarget) },
        picture(shape.path, `seat hue${shape.hue} available`), html("span", {}, names.type(type)), html("b", {}, price));
    }));
    const shape = shapes.get(this.model.types()[0]?.type)?.path ?? "";
    this.signs.setAttribute("aria-label", say("What the signs mean"));
    this.signs.replaceChildren(...this.entries(shape, names).map(([path, classes, words, sign]) =>
      html("li", {}, picture(path, classes, sign), words)));
  }

  /** Of what there is in this hall. */
  entries(shape, { say, state }) {
    const { seats } = this.model;
    const rare = [
      [seats.some(({ accessible }) => accessible), [shape, "seat hue0 available", say("wheelchair space"), WHEELCHAIR]],
      [seats.some(({ companionOf }) => companionOf), [shape, "seat hue0 available", say("companion’s seat"), COMPANION]],
      [seats.some(({ pairedWith }) => pairedWith), ["M-10 -5H-1V5H-10ZM1 -5H10V5H1ZM-1 0H1", "seat hue0 available", say("sold together")]],
    ];
    return [
      [pathOf(shape, "available", false), "seat hue0 available", state("available")],
      [pathOf(shape, "available", true), "seat hue0 selected", say("selected")],
      [pathOf(shape, "mine", false), "seat hue0 mine", state("mine")],
      [pathOf(shape, "held", false), "seat hue0 held", state("held")],
      [pathOf(shape, "sold", false), "seat hue0 sold", state("sold")],
      [pathOf(shape, "blocked", false), "seat hue0 blocked", state("blocked")],
      ...rare.flatMap(([isThere, entry]) => (isThere ? [entry] : [])),
    ];
  }

  toggle(type, button) {
    const { filter } = this.model;
    if (!filter.delete(type)) filter.add(type);
    button.setAttribute("aria-pressed", filter.has(type));
    this.onFilter();
  }
}
