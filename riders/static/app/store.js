/* What the phone keeps: unsent actions, pictures, the last run, the day's money, and half-made proofs.
   One database per member, so that what one rider did is never sent in another's name. */

import { openDB } from "/static/vendor/idb.js";

const VERSION = 1;
const TILES = "tiles";

/* `full()` is called when the phone has no room for something: what is kept for convenience is then left out. */
export async function openStore(member_id, full = () => {}) {
  const db = await openDB(`paceline-${member_id}`, VERSION, {
    upgrade(fresh) {
      fresh.createObjectStore("kept");
      fresh.createObjectStore("drafts");
      fresh.createObjectStore("outbox", { keyPath: "seq" });
    },
    blocking() { db.close(); },
  });
  /* Map tiles can be fetched again: they make room for what cannot. False if there is none even then. */
  async function withRoom(write) {
    try {
      return await write();
    } catch (error) {
      if (!isFull(error)) throw error;
    }
    await caches.delete(TILES);
    try {
      return await write();
    } catch (error) {
      if (!isFull(error)) throw error;
      full();
      return false;
    }
  }

  return {
    get: (key) => db.get("kept", key),
    /* Several at once, by key. */
    async all(...keys) {
      const read = db.transaction("kept").store;
      const values = await Promise.all(keys.map((key) => read.get(key)));
      return Object.fromEntries(keys.map((key, index) => [key, values[index]]));
    },
    set: (key, value) => withRoom(() => db.put("kept", value, key)),
    draft: (task_id) => db.get("drafts", task_id),
    saveDraft: (task_id, draft) => withRoom(() => db.put("drafts", draft, task_id)),
    dropDraft: (task_id) => db.delete("drafts", task_id),
    items: () => db.getAll("outbox"),
    put: (item) => withRoom(() => db.put("outbox", item)),
    drop: (seq) => db.delete("outbox", seq),
    /* One transaction: the numbers are taken and the items are on disk, or nothing is. Numbers go on after `before`, the
       highest that the page has given by itself; false if the phone has no room. */
    append: (items, before) => withRoom(async () => {
      const write = db.transaction(["kept", "outbox"], "readwrite", { durability: "strict" });
      const kept = write.objectStore("kept");
      const last = Math.max((await kept.get("seq")) ?? 0, before);
      const numbered = items.map((item, index) => ({ ...item, seq: last + index + 1 }));
      const puts = numbered.map((item) => write.objectStore("outbox").put(item));
      const outcome = await Promise.allSettled([write.done, kept.put(last + items.length, "seq"), ...puts]);
      for (const { status, reason } of outcome) if (status === "rejected") throw reason;
      return numbered;
    }),
    async deviceId() {
      const known = await db.get("kept", "device_id");
      if (known) return known;
      const fresh = crypto.randomUUID();
      await withRoom(() => db.put("kept", fresh, "device_id"));
      return fresh;
    },
    wipe: () => Promise.all(["kept", "drafts", "outbox"].map((name) => db.clear(name))),
  };
}

function isFull(error) { return error?.name === "QuotaExceededError"; }
