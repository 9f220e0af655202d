// A stand-in for Stripe.js: the same `window.Stripe`, with cards to choose from in place of fields to type one in.
// Styles are set through the DOM alone, so that a page with a strict content policy may use it.
(() => {
  "use strict";
  const script = document.currentScript ?? document.querySelector('script[src*="/v3/"]');
  const origin = new URL(script.src).origin;

  const CARDS = [
    { name: "works", card: "pm_card_visa", text: "Card 4242 … that works" },
    { name: "declined", card: "pm_card_chargeDeclined", text: "Card that is declined" },
    { name: "empty", card: "pm_card_chargeDeclinedInsufficientFunds", text: "Card without enough money" },
    { name: "secure", card: "pm_card_authenticationRequired", text: "Card whose bank asks back (3-D Secure)" },
    { name: "lost", card: "pm_card_visa", text: "Card that works, and the page never hears of it" },
  ];

  const styled = (tag, style, text) => {
    const element = document.createElement(tag);
    Object.assign(element.style, style);
    if (text !== undefined) element.textContent = text;
    return element;
  };

  const intentOf = (clientSecret) => String(clientSecret ?? "").split("_secret_")[0];

  const call = async (key, method, path, fields) => {
    const form = new URLSearchParams(fields).toString();
    const answer = await fetch(`${origin}/v1/${path}${method === "GET" ? `?${form}` : ""}`, {
      method,
      headers: { Authorization: `Bearer ${key}`, "Content-Type": "application/x-www-form-urlencoded" },
      ...(method === "POST" && { body: form }),
    });
    const body = await answer.json();
    return answer.ok ? { paymentIntent: body } : { error: body.error };
  };

  // What the payer does at their bank: the simulator's own page, not a call of Stripe's API.
  const atTheBank = async (clientSecret, outcome) => {
    const code = { code: "payment_intent_authentication_failure", declineCode: null };
    await fetch(`${origin}/_sim/payment_intents/${encodeURIComponent(intentOf(clientSecret))}/pay`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ outcome, ...(outcome === "failed" && code) }),
    });
  };

  const button = (action, text, act) => {
    const element = styled("button", {
      display: "block", width: "100%", margin: "8px 0", padding: "12px", border: "0", borderRadius: "8px",
      fontSize: "1rem", cursor: "pointer", background: action === "complete" ? "#635bff" : "#eee",
      color: action === "complete" ? "#fff" : "#222",
    }, text);
    element.type = "button";
    element.dataset.action = action;
    element.addEventListener("click", act);
    return element;
  };

  // Resolves with what the payer chose: succeeded, failed, or undefined where they went away.
  const challenged = () => new Promise((resolve) => {
    const dialog = styled("dialog", {
      border: "0", borderRadius: "12px", padding: "24px", width: "min(360px, 90vw)",
      fontFamily: "system-ui, sans-serif", boxShadow: "0 20px 60px rgb(0 0 0 / 35%)",
    });
    dialog.dataset.stripe = "challenge";
    dialog.setAttribute("aria-label", "Stripe test bank");
    const done = (outcome) => () => { dialog.remove(); resolve(outcome); };
    dialog.addEventListener("cancel", done(undefined));
    dialog.append(styled("h2", { margin: "0 0 16px", fontSize: "1.1rem" }, "Your bank asks whether it is you"));
    dialog.append(button("complete", "Complete", done("succeeded")));
    dialog.append(button("fail", "Fail", done("failed")));
    dialog.append(button("leave", "Go away", done(undefined)));
    document.body.append(dialog);
    dialog.showModal();
  });

  class PaymentElement {
    constructor() {
      this.listeners = {};
      this.chosen = CARDS[0];
    }

    on(event, listener) {
      (this.listeners[event] ??= []).push(listener);
      return this;
    }

    emit(event, detail) {
      for (const listener of this.listeners[event] ?? []) listener({ elementType: "payment", ...detail });
    }

    mount(where) {
      const place = typeof where === "string" ? document.querySelector(where) : where;
      this.box = styled("fieldset", { border: "1px solid #ccc", borderRadius: "8px", padding: "12px", margin: "0" });
      this.box.dataset.stripe = "payment";
      this.box.append(styled("legend", { padding: "0 6px" }, "Card (test)"));
      for (const card of CARDS) this.box.append(this.#choice(card));
      place.append(this.box);
      this.emit("ready", {});
    }

    unmount() {
      this.box?.remove();
      this.box = undefined;
    }

    destroy() {
      this.unmount();
    }

    #choice(card) {
      const label = styled("label", { display: "block", padding: "6px 0", cursor: "pointer" });
      const input = styled("input", { marginRight: "8px" });
      Object.assign(input, { type: "radio", name: "stripe-card", value: card.name, checked: card === this.chosen });
      input.addEventListener("change", () => {
        this.chosen = card;
        this.emit("change", { complete: true, empty: false, value: { type: "card" } });
      });
      label.append(input);
      label.append(styled("span", {}, card.text));
      return label;
    }
  }

  class Elements {
    constructor(options) {
      this.options = options ?? {};
    }

    create(kind) {
      if (kind !== "payment") throw new Error(`there is no ${kind} element here, but payment`);
      this.element ??= new PaymentElement();
      return this.element;
    }

    getElement() {
      return this.element ?? null;
    }

    async submit() {
      return { selectedPaymentMethod: "card" };
    }

    async fetchUpdates() {
      return {};
    }

    update(options) {
      Object.assign(this.options, options);
    }
  }

  const returned = (url, intent) => {
    const back = new URL(url);
    back.searchParams.set("payment_intent", intent.id);
    back.searchParams.set("payment_intent_client_secret", intent.client_secret);
    back.searchParams.set("redirect_status", intent.status === "succeeded" ? "succeeded" : "failed");
    return back.toString();
  };

  window.Stripe = (key) => {
    if (!String(key ?? "").startsWith("pk_")) throw new Error("Stripe() wants a publishable key, which begins with pk_");
    const read = (clientSecret) =>
      call(key, "GET", `payment_intents/${intentOf(clientSecret)}`, { client_secret: clientSecret });

    const confirmPayment = async ({ elements, clientSecret, confirmParams = {}, redirect = "always" }) => {
      const secret = clientSecret ?? elements?.options.clientSecret;
      const chosen = elements?.element?.chosen ?? CARDS[0];
      const fields = { client_secret: secret, payment_method: confirmParams.payment_method ?? chosen.card };
      fields.return_url = confirmParams.return_url ?? window.location.href;
      let result = await call(key, "POST", `payment_intents/${intentOf(secret)}/confirm`, fields);
      if (result.paymentIntent?.status === "requires_action") {
        const outcome = await challenged();
        if (outcome) await atTheBank(secret, outcome);
        result = await read(secret);
        const error = result.paymentIntent?.last_payment_error;
        if (error) result = { error };
      }
      if (chosen.name === "lost") return new Promise(() => {});
      if (result.paymentIntent && redirect === "always" && result.paymentIntent.status !== "requires_action") {
        window.location.assign(returned(fields.return_url, result.paymentIntent));
      }
      return result;
    };

    return {
      elements: (options) => new Elements(options),
      confirmPayment,
      retrievePaymentIntent: read,
      handleNextAction: async ({ clientSecret }) => read(clientSecret),
    };
  };
})();
