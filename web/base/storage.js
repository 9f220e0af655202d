// What a browser remembers for us. Private windows and full disks refuse: then a page forgets, and works.

const over = (area) => ({
  read(name) {
    try {
      return JSON.parse(area().getItem(`marquee.${name}`));
    } catch {
      return null;
    }
  },
  write(name, value) {
    try {
      if (value === null || value === undefined) area().removeItem(`marquee.${name}`);
      else area().setItem(`marquee.${name}`, JSON.stringify(value));
    } catch {
      // Nothing is remembered.
    }
  },
  /** Forget all whose names begin so. */
  clear(...beginnings) {
    try {
      const names = Object.keys(area()).filter((name) => beginnings.some((beginning) => name.startsWith(`marquee.${beginning}`)));
      names.forEach((name) => area().removeItem(name));
    } catch {
      // Nothing was remembered.
    }
  },
});

/** Remembered for good, in all tabs. */
export const lasting = over(() => localStorage);
/** Remembered in this tab, over reloads. */
export const tab = over(() => sessionStorage);
