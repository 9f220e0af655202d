// The prices of a preview on a small map of the screen. What it says stands in the table too, so readers skip it.
import { money } from "../../base/format.js";
import { html } from "../../base/html.js";
import { area } from "../../base/words.js";
import { rowIndex } from "../layouts/layout.js";

const say = await area("console_prices");
const SIZE = 10;
const SHADES = 5;

/** The steps of colour of prices: the cheapest is 1, the dearest 5. */
const shadesOf = (prices) => {
  const order = [...new Set(prices)].sort((a, b) => a - b);
  return new Map(order.map((price, at) => [price, order.length === 1 ? 3 : 1 + Math.round((at / (order.length - 1)) * (SHADES - 1))]));
};

export const PriceMap = ({ availability, items, currency }) => {
  const { layout, seats } = availability;
  const tickets = items[0]?.ticketType;
  const prices = new Map(items.filter((item) => item.ticketType === tickets).map((item) => [item.type, item.price]));
  const shades = shadesOf([...prices.values()]);
  const aisles = layout.aisles.filter((aisle) => typeof aisle === "number");
  const left = (column) => (column - 1 + aisles.filter((aisle) => aisle < column).length * 0.6) * SIZE;
  const [width, height] = [left(layout.cols) + SIZE, (layout.rows + 1.5) * SIZE];
  return html`<figure class="price-map">
    <svg viewBox=${`0 0 ${width} ${height}`} width=${width * 2.4} role="img" aria-label=${say("The screen with the price of each seat; the table says the same.")}>
      <path class="screen" d=${`M${width * 0.1} ${SIZE * 0.6} Q${width / 2} 0 ${width * 0.9} ${SIZE * 0.6}`} />
      ${seats.map((seat) => html`<rect key=${seat.seatId} class=${seat.status === "blocked" ? "shade-out" : `shade-${shades.get(prices.get(seat.type)) ?? 0}`}
        x=${left(seat.number) + 1} y=${(rowIndex(seat.row) + 1.5) * SIZE + 1} width=${SIZE - 2} height=${SIZE - 2} rx="2" />`)}
    </svg>
    <figcaption>${[...prices].map(([type, price]) => html`<span key=${type}><i class=${`shade-${shades.get(price)}`}></i>${type} ${money(price, currency)}</span>`)}</figcaption>
  </figure>`;
};
