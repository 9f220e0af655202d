// The look of a section comes with the section, and counts while it is shown: names of classes are its own.
const asked = new Map(); // links by their address
let worn = null;

const folderOf = ({ href }) => /\/console\/(\w+)\//.exec(href)?.[1];

const dress = (link) => {
  const folder = folderOf(link);
  if (link.sheet && folder) link.sheet.disabled = folder !== worn;
};

/** Load a style sheet once: `await styles(new URL("./page.css", import.meta.url))` before a page is shown. */
export const styles = ({ href }) => {
  if (!asked.has(href)) {
    const link = Object.assign(document.createElement("link"), { rel: "stylesheet", href });
    const loaded = new Promise((resolve) => {
      link.addEventListener("load", () => {
        dress(link);
        resolve();
      });
      link.addEventListener("error", resolve); // a page without its looks still works
    });
    asked.set(href, { link, loaded });
    document.head.append(link);
  }
  return asked.get(href).loaded;
};

/** From now on the sheets of this section count, and no other section's. */
export const wear = (section) => {
  worn = section;
  for (const { link } of asked.values()) dress(link);
};
