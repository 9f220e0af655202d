// The seats are held: the price, who gets the ticket, and paying.
import { useEffect, useRef, useState } from "preact/hooks";
import { api } from "../base/api.js";
import { money } from "../base/format.js";
import { html } from "../base/html.js";
import { user } from "../base/session.js";
import { Button, Failure, Loading, useLoaded, useWork } from "../base/ui.js";
import { area } from "../base/words.js";
import { Clock } from "./clock.js";
import { Contact, isShownByField, useContact } from "./contact.js";
import { Price } from "./price.js";
import { formOfStripe, payByRazorpay } from "./providers.js";
import { Step } from "./step.js";

const say = await area("checkout");
const NAMES = { razorpay: () => say("Card, UPI or net banking (Razorpay)"), stripe: () => say("Card (Stripe)") };
const isDark = () => matchMedia("(prefers-color-scheme: dark)").matches;
const unreachable = () => ({ message: say("The payment service cannot be reached. Your seats are still held: try again, or pay another way.") });
const declined = (error) => ({ message: say("{reason} Nothing was taken, and your seats are still held: try again, or pay another way.", { reason: error?.message ?? error?.description ?? say("The payment did not go through.") }) });

/** Stripe's fields; `form` has what pays by them. */
const StripeForm = ({ provider, quote, form, onProblem }) => {
  const box = useRef(null);
  useEffect(() => {
    let isGone = false;
    const place = box.current;
    formOfStripe({ provider, place, amount: quote.total, currency: quote.currency, isDark: isDark() }).then(
      (made) => {
        if (isGone) made.remove();
        else form.current = made;
      },
      () => onProblem(unreachable()),
    );
    return () => {
      isGone = true;
      form.current?.remove();
      form.current = null;
    };
  }, []);
  return html`<div class="stripe" ref=${box}></div>`;
};

const Ways = ({ items, chosen, choose }) => items.length > 1 && html`<fieldset class="ways">
  <legend class="hidden">${say("How to pay")}</legend>
  ${items.map(({ provider }) => html`<label key=${provider} class="way"><input type="radio" name="provider" value=${provider} checked=${chosen === provider} onChange=${() => choose(provider)} /> ${NAMES[provider]?.() ?? provider}</label>`)}
</fieldset>`;

/** Pay at the chosen provider. Gives a problem to show, or null. */
const paying = async ({ sale, provider, form, onFailed }) => {
  const begin = async () => {
    const order = await sale.order(provider?.provider ?? "razorpay");
    if (order.provider !== "free") sale.tried();
    return order;
  };
  if (provider?.provider === "stripe") {
    if (!form.current) return unreachable();
    const result = await form.current.pay(begin);
    if (result?.error) return declined(result.error);
    return result && sale.confirm(result.proof);
  }
  const order = await begin();
  if (order.provider === "free") return null;
  const { movie, theater } = sale.showtime.value;
  const proof = await payByRazorpay({ provider, order, user: user.value, title: theater.name, text: movie.title, seconds: sale.secondsLeft, onFailed }).catch(() => {
    throw Object.assign(new Error(), unreachable());
  });
  return proof && sale.confirm(proof);
};

const usePaying = (sale, provider, form, contact) => {
  const [failed, setFailed] = useState(null);
  const [pay, { busy, problem }] = useWork(async () => {
    setFailed(null);
    if (!(await contact.save())) return;
    const told = await paying({ sale, provider, form, onFailed: ({ error }) => setFailed(declined(error)) });
    if (told) setFailed(told);
  });
  return { pay, busy, setFailed, problem: problem ?? failed };
};

const Summary = ({ sale }) => {
  const [letGo, { busy, problem }] = useWork(() => sale.letGo());
  return html`<aside class="side" aria-label=${say("Your seats and their price")}>
    <section class="card"><h3>${say("Your seats")}</h3>
      ${sale.hold.value.split && html`<p class="notice info">${say("There are not so many seats side by side any more: these are in parts.")}</p>`}
      <${Price} quote=${sale.hold.value.quote} />
      <${Failure} problem=${problem} />
      <div class="actions"><${Button} busy=${busy} onClick=${letGo}>${say("Change seats")}<//></div>
    </section>
  </aside>`;
};

/** Prices follow the clock and how full the hall is: another than was shown is said before anybody pays. */
const PriceMoved = ({ sale }) => {
  const moved = sale.moved.value;
  if (!moved) return null;
  const { currency } = sale.hold.value.quote;
  return html`<div class="notice warn" role="alert"><p>${say("The price changed while you chose: before fees and taxes it was {before}, now it is {now}.", { before: money(moved.before, currency), now: money(moved.now, currency) })}</p></div>`;
};

export const Pay = ({ sale }) => {
  const { quote } = sale.hold.value;
  const providers = useLoaded((signal) => api.get("/api/payments/providers", { signal, anonymous: true }), []);
  const [choice, choose] = useState(null);
  const form = useRef(null);
  const contact = useContact();
  const isFree = quote.total === 0;
  const items = isFree ? [] : providers.value?.items ?? [];
  const provider = items.find((each) => each.provider === (choice ?? providers.value?.default)) ?? items[0];
  const { pay, busy, setFailed, problem } = usePaying(sale, provider, form, contact);
  const onSubmit = (event) => {
    event.preventDefault();
    if (!busy) pay();
  };
  const isReady = isFree || provider;
  const box = useRef(null);
  useEffect(() => {
    if (problem) box.current.querySelector("form [role=alert]")?.scrollIntoView({ block: "center" });
  }, [problem]);
  return html`<${Step} title=${isFree ? say("Book") : say("Ticket and payment")}>
    <${Clock} sale=${sale} />
    <${PriceMoved} sale=${sale} />
    <div class="split" ref=${box}>
      <form class="stack" onSubmit=${onSubmit} aria-busy=${busy || undefined}>
        <section class="card"><h3>${say("Who gets the ticket")}</h3><${Contact} contact=${contact} /></section>
        <section class="card"><h3>${isFree ? say("Nothing to pay") : say("How to pay")}</h3>
          ${!isFree && (providers.isLoading && !providers.value ? html`<${Loading} lines=${2} />` : html`<${Failure} problem=${providers.problem} again=${providers.reload} />`)}
          <${Ways} items=${items} chosen=${provider?.provider} choose=${choose} />
          ${provider?.provider === "stripe" && html`<${StripeForm} provider=${provider} quote=${quote} form=${form} onProblem=${setFailed} />`}
          ${!isShownByField(contact.problem) && html`<${Failure} problem=${contact.problem ?? problem} />`}
          <p class="row between total"><span>${say("Total")}</span><strong class="number">${money(quote.total, quote.currency)}</strong></p>
          <${Button} type="submit" kind="primary" class="block" busy=${busy} disabled=${!isReady}>${busy ? say("One moment …") : isFree ? say("Book now") : say("Pay")}<//>
          <p class="soft small status" role="status">${busy && say("If the window of the payment is gone, wait here: we find out by ourselves whether it came through.")}</p>
        </section>
      </form>
      <${Summary} sale=${sale} />
    </div>
  <//>`;
};
