// How long something of the server's still holds, whatever this device's clock says.

/** What tells the seconds that are left of `{expiresAt, now}`; `now` is the server's time as it answered, just now. */
export const remaining = ({ expiresAt, now }) => {
  const behind = Date.parse(now) - Date.now();
  return () => (Date.parse(expiresAt) - Date.now() - behind) / 1000;
};
