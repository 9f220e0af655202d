// The seat map within the console: the component that guests use, with the token of who works here.
import { useCallback, useEffect, useRef } from "preact/hooks";
import { html } from "../base/html.js";
import { accessToken } from "../base/session.js";
import { language } from "../base/words.js";
import "../seats/element.js";

/** `onSelection({seatIds, seats, reason})`; `map` is a ref that gets the element; `choose` as the component's. */
export const SeatMap = ({ showtimeId, max = 10, choose = "available", onSelection, map }) => {
  const own = useRef(null);
  const told = useRef(onSelection);
  told.current = onSelection;
  const attach = useCallback((element) => { // before the effects of those around it, whichever runs first
    if (!element) return;
    own.current = element;
    if (map) map.current = element;
  }, []);
  useEffect(() => {
    const element = own.current;
    const authorise = async () => {
      element.token = await accessToken();
    };
    const onSelected = ({ detail }) => told.current?.(detail);
    const onError = ({ detail }) => detail.code === "token_expired" && authorise();
    element.addEventListener("marquee-selection", onSelected);
    element.addEventListener("marquee-error", onError);
    authorise().catch(() => {});
    return () => {
      element.removeEventListener("marquee-selection", onSelected);
      element.removeEventListener("marquee-error", onError);
    };
  }, []);
  return html`<marquee-seats ref=${attach} class="seat-map" showtime=${showtimeId} origin=${location.origin} max=${max} choose=${choose} lang=${language}></marquee-seats>`;
};
