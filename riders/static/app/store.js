/* What the phone keeps: unsent actions, pictures, the last run, the day's money, and half-made proofs.
   One database per member, so that what one rider did is never sent in another's name. */

import { openDB } from "/static/vendor/idb.js";

const VERSION = 1;

export async function openStore(member_id) {
  const db = await openDB(`paceline-${member_id}`, VERSION, {
    upgrade(fresh) {
      fresh.createObjectStore("kept");
      fresh.createObjectStore("drafts");
      fresh.createObjectStore("outbox", { keyPath: "seq" });
    },
    blocking() { db.close(); },
  });
  return {
    get: (key) => db.get("kept", key),
    set: (key, value) => db.put("kept", value, key),
    draft: (task_id) => db.get("drafts", task_id),
    saveDraft: (task_id, draft) => db.put("drafts", draft, task_id),
    dropDraft: (task_id) => db.delete("drafts", task_id),
    items: () => db.getAll("outbox"),
    put: (item) => db.put("outbox", item),
    drop: (seq) => db.delete("outbox", seq),
    /* One transaction: the number is taken and the item is on disk, or neither. */
    async append(item) {
      const write = db.transaction(["kept", "outbox"], "readwrite", { durability: "strict" });
      const kept = write.objectStore("kept");
      const seq = ((await kept.get("seq")) ?? 0) + 1;
      const numbered = { ...item, seq };
      await Promise.all([kept.put(seq, "seq"), write.objectStore("outbox").put(numbered), write.done]);
      return numbered;
    },
    async deviceId() {
      const known = await db.get("kept", "device_id");
      if (known) return known;
      const fresh = crypto.randomUUID();
      await db.put("kept", fresh, "device_id");
      return fresh;
    },
    wipe: () => Promise.all(["kept", "drafts", "outbox"].map((name) => db.clear(name))),
  };
}
