// What is shown stays fresh while somebody looks at it.
import { useEffect } from "preact/hooks";
import { useLoaded } from "../base/ui.js";

/** As `useLoaded`, loaded again every so many seconds while the page is seen, and when one comes back to it. */
export const useLive = (load, keys, seconds = 15) => {
  const loaded = useLoaded(load, keys);
  useEffect(() => {
    const again = () => document.visibilityState === "visible" && loaded.reload();
    const timer = setInterval(again, seconds * 1000);
    document.addEventListener("visibilitychange", again);
    return () => {
      clearInterval(timer);
      document.removeEventListener("visibilitychange", again);
    };
  }, [loaded.reload, seconds]);
  return loaded;
};
