// The words of the states of bookings and of what belongs to them.
import { html } from "../../base/html.js";
import { area } from "../../base/words.js";

const say = await area("console_bookings");

export const STATUSES = {
  pending: say("Pending"), confirmed: say("Confirmed"), checked_in: say("Checked in"),
  cancelled: say("Cancelled"), refunded: say("Refunded"), expired: say("Expired"),
};
const KINDS = { confirmed: "good", checked_in: "good", pending: "warn", cancelled: "bad", refunded: "bad", expired: "" };

const REASONS = {
  not_paid: say("was not paid"), seats_lost: say("the seats were lost"), showtime_cancelled: say("the show was cancelled"),
  too_late: say("the money came too late"), by_guest: say("by the guest"), by_theater: say("by the theater"),
};

const MONEY_STATES = {
  created: say("begun"), authorized: say("authorised"), succeeded: say("paid"), failed: say("failed"),
  partially_refunded: say("refunded in part"), refunded: say("refunded"), due: say("due"), pending: say("under way"), done: say("done"),
};

const TENDERS = { cash: say("Cash"), card_terminal: say("Card terminal"), complimentary: say("Complimentary"), free: say("Free"), razorpay: "Razorpay", stripe: "Stripe" };

export const reasonText = (reason) => REASONS[reason] ?? reason;
export const moneyState = (status) => MONEY_STATES[status] ?? status;
export const tenderText = ({ tender, provider }) => TENDERS[tender ?? provider] ?? tender ?? provider;

export const Status = ({ status, reason }) =>
  html`<span class=${`badge ${KINDS[status] ?? ""}`}>${STATUSES[status] ?? status}</span>${reason && html` <span class="soft small">${reasonText(reason)}</span>`}`;
