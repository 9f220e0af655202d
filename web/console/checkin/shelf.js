// What a gate keeps on its device, over reloads and without a network: keys, manifests, scans.

const open = () => new Promise((resolve, reject) => {
  const request = indexedDB.open("marquee.gate", 1);
  request.onupgradeneeded = () => {
    request.result.createObjectStore("documents");
    request.result.createObjectStore("scans", { keyPath: "id", autoIncrement: true }).createIndex("showtimeId", "showtimeId");
  };
  request.onsuccess = () => resolve(request.result);
  request.onerror = () => reject(request.error);
});

let opened = null;
const run = async (store, mode, work) => {
  opened ??= open();
  const transaction = (await opened).transaction(store, mode);
  const request = work(transaction.objectStore(store));
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve(request.result);
    transaction.onerror = transaction.onabort = () => reject(transaction.error);
  });
};

/** A document by its name; undefined where there is none. */
export const document = (name) => run("documents", "readonly", (store) => store.get(name));
/** The documents whose names begin so. */
export const documentsFrom = (prefix) => run("documents", "readonly", (store) => store.getAll(IDBKeyRange.bound(prefix, `${prefix}\uffff`)));
export const keep = (name, value) => run("documents", "readwrite", (store) => store.put(value, name));

/** The scans of a show in their order; of all shows without an id. */
export const scansOf = (showtimeId) =>
  run("scans", "readonly", (store) => (showtimeId ? store.index("showtimeId").getAll(showtimeId) : store.getAll()));
/** Store a scan, on the disk when this is done; its id. */
export const addScan = (scan) => run("scans", "readwrite", (store) => store.add(scan));
/** Change parts of a scan, whoever else changes others. */
export const changeScan = (id, changes) =>
  run("scans", "readwrite", (store) => {
    const found = store.get(id);
    found.onsuccess = () => store.put({ ...found.result, ...changes });
    return found;
  });
