// What is read with the caller's access token, which no link and no picture can carry: tickets, invoices, QR codes, reports.
import { useEffect, useState } from "preact/hooks";
import { api } from "./api.js";

const READ_WITHIN_SECONDS = 60; // a browser may read the file a moment after the click
const REPEATS = 5; // a ticket that was just paid for is waited for longer than a list

/** The file at a path, as a Blob. Raises `Problem`. */
export const file = (path, { signal } = {}) => api.get(path, { signal, asFile: true, repeats: REPEATS });

/** Save a Blob on the reader's device. */
export const save = (blob, name) => {
  const address = URL.createObjectURL(blob);
  const link = Object.assign(document.createElement("a"), { href: address, download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(address), READ_WITHIN_SECONDS * 1000);
};

/** `{address, problem}` of the file at a path while it is shown: an address of this page's own. Null for no file. */
export const useFile = (path) => {
  const [state, setState] = useState({ address: null, problem: null });
  useEffect(() => {
    if (!path) return undefined;
    const aborting = new AbortController();
    let address = null;
    file(path, aborting).then(
      (blob) => {
        address = URL.createObjectURL(blob);
        setState({ address, problem: null });
      },
      (problem) => !aborting.signal.aborted && setState({ address: null, problem }),
    );
    return () => {
      aborting.abort();
      if (address) URL.revokeObjectURL(address);
    };
  }, [path]);
  return state;
};
