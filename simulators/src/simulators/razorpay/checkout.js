// A stand-in for Razorpay's Checkout: the same `window.Razorpay`, with buttons in place of a bank.
// Styles are set through the DOM alone, so that a page with a strict content policy may use it.
(() => {
  "use strict";
  const script = document.currentScript ?? document.querySelector('script[src*="/v1/checkout.js"]');
  const origin = new URL(script.src).origin;

  const styled = (tag, style, text) => {
    const element = document.createElement(tag);
    Object.assign(element.style, style);
    if (text !== undefined) element.textContent = text;
    return element;
  };

  // Of each currency's minor unit, by ISO 4217: written here when this file is served. A browser knows how a price is
  // usually rounded, which for a sixth of them is another number.
  const DIGITS = {};

  const money = (amount, currency) => {
    const digits = DIGITS[currency] ?? 2;
    const shown = { style: "currency", currency, minimumFractionDigits: digits, maximumFractionDigits: digits };
    return new Intl.NumberFormat("en-IN", shown).format(amount / 10 ** digits);
  };

  const pay = async (orderId, body) => {
    const answer = await fetch(`${origin}/_sim/orders/${encodeURIComponent(orderId)}/pay`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ ...body, strict: true }),
    });
    const result = await answer.json();
    if (!answer.ok) throw result.error ?? { code: "BAD_REQUEST_ERROR", description: "The payment was refused" };
    return result;
  };

  const postForm = (url, fields) => {
    const form = document.createElement("form");
    form.method = "post";
    form.action = url;
    for (const [name, value] of Object.entries(fields)) {
      const input = document.createElement("input");
      Object.assign(input, { type: "hidden", name, value });
      form.append(input);
    }
    document.body.append(form);
    form.submit();
  };

  class Razorpay {
    constructor(options) {
      for (const name of ["key", "order_id"]) if (!options?.[name]) throw new Error(`${name} is required`);
      this.options = options;
      this.listeners = {};
    }

    on(event, listener) {
      (this.listeners[event] ??= []).push(listener);
      return this;
    }

    emit(event, detail) {
      for (const listener of this.listeners[event] ?? []) listener(detail);
    }

    open() {
      this.dialog ??= this.#build();
      if (!this.dialog.open) this.dialog.showModal();
      if (this.options.timeout) this.timer = setTimeout(() => this.close(), this.options.timeout * 1000);
    }

    close() {
      this.#shut();
      this.options.modal?.ondismiss?.();
    }

    #shut() {
      clearTimeout(this.timer);
      this.dialog?.remove();
      this.dialog = undefined;
    }

    #build() {
      const { name, description, amount, currency = "INR", theme } = this.options;
      const dialog = styled("dialog", {
        border: "0", borderRadius: "12px", padding: "24px", width: "min(360px, 90vw)", margin: "auto",
        background: "#fff", color: "#222",
        fontFamily: "system-ui, sans-serif", boxShadow: "0 20px 60px rgb(0 0 0 / 35%)",
      });
      dialog.dataset.razorpay = "checkout";
      dialog.setAttribute("aria-label", "Razorpay test checkout");
      dialog.addEventListener("cancel", (event) => { event.preventDefault(); this.close(); });
      dialog.append(styled("h2", { margin: "0 0 4px", fontSize: "1.1rem" }, name ?? "Checkout"));
      if (description) dialog.append(styled("p", { margin: "0 0 8px", color: "#555" }, description));
      if (amount) dialog.append(styled("p", { margin: "0 0 16px", fontSize: "1.4rem" }, money(amount, currency)));
      this.said = styled("p", { color: "#b00020", minHeight: "1.2em", margin: "0 0 8px" });
      this.said.setAttribute("role", "alert");
      dialog.append(this.said);
      dialog.append(this.#button("pay", "Pay", theme?.color ?? "#3395ff", "#fff", () => this.#pay(true)));
      dialog.append(this.#button("fail", "Fail", "#eee", "#222", () => this.#fail()));
      dialog.append(this.#button("lose", "Pay and lose the callback", "#eee", "#222", () => this.#pay(false)));
      dialog.append(this.#button("close", "Close", "#eee", "#222", () => this.close()));
      document.body.append(dialog);
      return dialog;
    }

    #button(action, text, background, color, act) {
      const button = styled("button", {
        display: "block", width: "100%", margin: "8px 0", padding: "12px", border: "0", borderRadius: "8px",
        fontSize: "1rem", cursor: "pointer", background, color,
      }, text);
      button.type = "button";
      button.dataset.action = action;
      button.addEventListener("click", async () => {
        button.disabled = true;
        try { await act(); } catch (error) { this.#failed(error); } finally { button.disabled = false; }
      });
      return button;
    }

    #payer() {
      const { prefill = {}, notes } = this.options;
      const text = Object.fromEntries(Object.entries(notes ?? {}).map(([name, value]) => [name, String(value)]));
      return { ...(prefill.email && { email: prefill.email }), ...(prefill.contact && { contact: prefill.contact }), notes: text };
    }

    async #pay(callBack) {
      const result = await pay(this.options.order_id, { outcome: "captured", ...this.#payer() });
      this.#shut();
      if (!callBack) return;
      if (this.options.callback_url) postForm(this.options.callback_url, result);
      else this.options.handler?.(result);
    }

    async #fail() {
      const result = await pay(this.options.order_id, { outcome: "failed", ...this.#payer() });
      this.#failed({
        code: "BAD_REQUEST_ERROR",
        description: "Your payment was not successful as it was declined by the bank. Try another method.",
        source: "bank", step: "payment_authorization", reason: "payment_failed",
        metadata: { order_id: result.razorpay_order_id, payment_id: result.razorpay_payment_id },
      });
    }

    // As at Razorpay the window stays open: the payer may try again.
    #failed(error) {
      this.said.textContent = error.description ?? String(error);
      this.emit("payment.failed", { error });
    }
  }

  window.Razorpay = Razorpay;
})();
