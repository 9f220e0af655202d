// What can go wrong on the way to a ticket, in words that say what to do next.
import { explain } from "../base/problems.js";
import { area } from "../base/words.js";

const say = await area("checkout");

explain({
  hold_limit: () => say("You hold seats of this show three times already, perhaps in another tab. Let one go, or wait until its time is up."),
  hold_expired: () => say("The time is up: the seats were let go."),
  refresh_limit: () => say("The time cannot be extended again."),
  showtime_closed: () => say("Tickets for this show are not sold any more."),
  unknown_seats: () => say("The hall was changed meanwhile. Please choose again."),
  already_waiting: () => say("You are on the waiting list of this show already."),
  contact_required: () => say("Say where the ticket goes first."),
  payment_failed: () => say("The payment did not go through, and nothing was taken. Your seats are still held: try again, or pay another way."),
  provider_error: () => say("The payment service does not answer. Your seats are still held: try again in a moment, or pay another way."),
  provider_not_offered: () => say("This way to pay is not offered here any more. Choose another."),
  amount_not_payable: () => say("This amount is too small for this way to pay. Choose another."),
  queue_required: () => say("Your turn in the waiting room is over. Join again."),
});
