/* What a phone keeps about people goes when its rider signs out: the run with its recipients, money, half-made proofs. What waits
   to be sent stays, and with it the count and the name under which this phone sends. */

import { openDB } from "/static/vendor/idb.js";

const STAYS = new Set(["seq", "device_id"]);

export async function forgetKept(member_id) {
  // The store is there already: opened so, it is never made anew, and empty.
  const db = await openDB(`paceline-${member_id}`, undefined, { upgrade: (_db, _old, _new, making) => making.abort() });
  const forgetting = db.transaction(["kept", "drafts"], "readwrite");
  const kept = forgetting.objectStore("kept");
  for (const key of await kept.getAllKeys()) if (!STAYS.has(key)) kept.delete(key);
  forgetting.objectStore("drafts").clear();
  await forgetting.done;
  db.close();
}
