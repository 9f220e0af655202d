// A booking's state in words: what is true, and what comes next.
import { money } from "../base/format.js";
import { area } from "../base/words.js";

const say = await area("storefront");

const WHY_REFUNDED = {
  seats_lost: () => say("Somebody else got the seats before your payment arrived."),
  showtime_cancelled: () => say("The theater cancelled the show."),
  too_late: () => say("Your payment arrived too late."),
};
const WHY_CANCELLED = {
  by_guest: () => say("You cancelled it. The ticket is not valid any more."),
  by_theater: () => say("The theater cancelled it. The ticket is not valid any more."),
  showtime_cancelled: () => say("The theater cancelled the show. You do not have to do anything."),
};
const STATES = {
  pending: () => ({ badge: "", name: say("Being settled"), title: say("Your payment is being settled"), text: say("This takes a moment. You can wait here, or come back later: we write to you as soon as it is done.") }),
  confirmed: () => ({ badge: "good", name: say("Booked"), title: say("Your seats are booked"), text: "" }),
  checked_in: () => ({ badge: "good", name: say("Inside"), title: say("You are inside"), text: say("This ticket was scanned at the entrance.") }),
  expired: () => ({ badge: "warn", name: say("Not paid"), title: say("This order was not paid"), text: say("The seats are free for others again. If money was taken, it comes back by itself.") }),
  refunded: ({ reason }) => ({ badge: "bad", name: say("Refunded"), title: say("Your seats could not be booked"), text: WHY_REFUNDED[reason]?.() ?? "" }),
  cancelled: ({ reason }) => ({ badge: "bad", name: say("Cancelled"), title: say("Your booking is cancelled"), text: WHY_CANCELLED[reason]?.() ?? "" }),
};

/** `{badge, name, title, text}`: the kind of badge, the state in a word or two, as a sentence, and its reason. */
export const stateOf = (booking) => STATES[booking.status](booking);

const REFUNDS = {
  due: (values) => say("{amount} will be sent back to where you paid from.", values),
  pending: (values) => say("{amount} is on its way back to where you paid from. Banks take up to a week.", values),
  done: (values) => say("{amount} was sent back to where you paid from. Banks take up to a week to show it.", values),
  failed: (values) => say("{amount} could not be sent back yet. We are taking care of it: you do not have to do anything.", values),
};

/** How far a booking's refund is, as a sentence; null where nothing goes back. */
export const refundOf = ({ refund, currency }) =>
  refund?.amount ? REFUNDS[refund.status]({ amount: money(refund.amount, currency) }) : null;

/** The seats that are still booked; of a booking that is over, those that were. */
export const seatsOf = ({ seats }) => {
  const booked = seats.filter(({ status }) => status === "booked");
  return booked.length ? booked : seats;
};
