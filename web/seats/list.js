// The seats as a list: a group for each row, a checkbox for each seat. It does all that the map does.
import { html } from "./elements.js";
import { short } from "./names.js";

export class SeatListView {
  /** @param {{model: import("./model.js").SeatModel, onToggle: (index: number) => void}} parts */
  constructor({ model, onToggle }) {
    Object.assign(this, { model, onToggle });
    this.onlyFree = false;
    this.rows = html("div", { class: "list-rows" });
    this.nothing = html("p", { class: "nothing" });
    this.freeBox = html("input", { type: "checkbox", onchange: () => this.setOnlyFree(this.freeBox.checked) });
    this.freeWord = html("span");
    this.root = html("div", { class: "list", role: "group" },
      html("label", { class: "only-free" }, this.freeBox, this.freeWord), this.rows, this.nothing);
    this.rows.addEventListener("change", ({ target }) => this.onChange(target));
    this.items = [];
  }

  draw(names) {
    this.names = names;
    this.root.setAttribute("aria-label", names.say("Seats as a list"));
    this.freeWord.textContent = names.say("Only free seats");
    this.nothing.textContent = names.say("No seats match.");
    this.items = this.model.seats.map((seat, index) => this.item(seat, index));
    this.groups = this.model.hall.rows.map((row) => {
      const free = html("span", { class: "free" });
      const group = html("fieldset", {}, html("legend", {}, names.say("Row {row}", { row: row.label }), " ", free),
        ...row.seats.map((index) => this.items[index].node));
      return { group, free, seats: row.seats };
    });
    this.rows.replaceChildren(...this.groups.map(({ group }) => group));
    this.paint(this.items.keys());
  }

  item(seat, index) {
    const box = html("input", { type: "checkbox" });
    box.seatIndex = index;
    const state = html("span", { class: "state" });
    const text = html("span", { class: "what" }, html("b", {}, short(seat)), ` ${this.names.type(seat.type)}`);
    const node = html("label", { class: "item" }, box, html("span", { class: "words" }, text, state));
    return { box, state, node };
  }

  paint(indexes) {
    if (!this.groups) return;
    const rows = new Set();
    for (const index of indexes) {
      this.paintOne(index);
      rows.add(this.model.hall.places[index].row);
    }
    for (const at of rows) this.paintRow(this.groups[at]);
    this.nothing.hidden = this.groups.some(({ group }) => !group.hidden);
  }

  paintOne(index) {
    const { box, state, node } = this.items[index];
    const { model, names } = this;
    const is = model.stateOf(index);
    const isSelected = model.isSelected(index);
    const mayChoose = isSelected || model.mayChoose(index);
    box.checked = isSelected;
    box.disabled = !mayChoose;
    box.setAttribute("aria-label", names.of(model, index));
    state.textContent = `${names.money(model.seats[index].price)} · ${names.standing(model, index)}`;
    node.className = `item ${isSelected ? "selected" : is}${model.marked.has(index) ? " marked" : ""}`;
    node.hidden = !model.isShown(index) || (this.onlyFree && !mayChoose);
  }

  paintRow({ group, free, seats }) {
    const choosable = seats.filter((index) => this.model.mayChoose(index)).length;
    free.textContent = this.names.say("{free} free", { free: choosable });
    group.hidden = seats.every((index) => this.items[index].node.hidden);
  }

  setOnlyFree(onlyFree) {
    this.onlyFree = onlyFree;
    this.paint(this.items.keys());
  }

  /** What the model refuses is not checked. */
  onChange(box) {
    this.onToggle(box.seatIndex);
    this.paintOne(box.seatIndex);
  }
}
