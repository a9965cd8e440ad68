/* What the phone keeps: unsent actions, pictures, the last run, the day's money, and half-made proofs.
   One database per member, so that what one rider did is never sent in another's name. */

import { openDB } from "/static/vendor/idb.js";

const PREFIX = "paceline-";
const VERSION = 1;
const TILES = "tiles";
const STAYS = new Set(["seq", "device_id"]);
const OPENS_MS = 3000;
const LOST = new Set(["InvalidStateError", "UnknownError"]);

/* `trouble("full" | "broken" | "stuck")` is called when something cannot be kept: it then lives in the page alone; `trouble("")` when
   things are kept again. A database that cannot be opened (a full or damaged disk, site data not allowed) is an empty one: the
   page works without it. So is one that gives no answer, as on an iPhone at times, or while another page holds it: it is
   tried again when the page is loaded anew. */
export async function openStore(member_id, trouble = () => {}) {
  let told = "";
  let is_stuck = false;
  let is_left = false; // for good: an answer that was on its way brings nothing about people back
  const loose = new Map(); // half-made proofs that could not be kept: as long as this page lives
  const open = async () => {
    if (is_stuck) throw new TooLate();
    return inTime(openDB(`${PREFIX}${member_id}`, VERSION, {
      upgrade(fresh) {
        for (const name of ["kept", "drafts"]) fresh.createObjectStore(name);
        fresh.createObjectStore("outbox", { keyPath: "seq" });
      },
      blocking(_ours, _wanted, { target }) { target.close(); }, // a newer page wants to change it
    })).catch((error) => {
      is_stuck = error instanceof TooLate;
      throw error;
    });
  };
  let opened = open();
  if (!(await opened.catch(() => null))) tellBroken();

  /* Phones drop a database that slept for long, iPhones above all: it is opened again, once. So is one that did not open. */
  async function use(work) {
    let db = null;
    try {
      db = await opened;
      return await work(db);
    } catch (error) {
      if (db && !LOST.has(error?.name)) throw error;
    }
    opened = open();
    return work(await opened);
  }

  async function read(work, otherwise) {
    try {
      return await use(work);
    } catch {
      tellBroken();
      return otherwise;
    }
  }

  /* Map tiles can be fetched again: they make room for what cannot. False if it could not be kept even then. */
  async function write(work) {
    try {
      const outcome = await use(work).catch(async (error) => {
        if (!isFull(error)) throw error;
        await caches.delete(TILES);
        return use(work);
      });
      tell("");
      return outcome;
    } catch (error) {
      if (isFull(error)) tell("full");
      else tellBroken();
      return false;
    }
  }

  /* What several pages may want of one item at the same moment. A disk that is not the one it was written to says nothing. */
  function decide(item, device_id, settle) {
    return write(async (db) => {
      const both = db.transaction(["kept", "outbox"], "readwrite");
      both.done.catch(() => {}); // heard below, unless a read fails already
      const outbox = both.objectStore("outbox");
      const [known_id, found] = await Promise.all([both.objectStore("kept").get("device_id"), outbox.get(item.seq)]);
      const is_same = found?.body.client_uuid === item.body.client_uuid;
      const outcome = known_id !== device_id || settle(is_same ? found : null, outbox);
      await both.done;
      return outcome;
    });
  }

  function tell(what) {
    if (what !== told) trouble(what);
    told = what;
  }

  function tellBroken() { tell(is_stuck ? "stuck" : "broken"); }

  function erase(name, key) { return use((db) => db.delete(name, key)).catch(() => {}); }

  return {
    get: (key) => read((db) => db.get("kept", key)),
    /* Several at once, by key. */
    all: (...keys) => read(async (db) => {
      const { store } = db.transaction("kept");
      const values = await Promise.all(keys.map((key) => store.get(key)));
      return Object.fromEntries(keys.map((key, index) => [key, values[index]]));
    }, {}),
    set: async (key, value) => !is_left && write((db) => db.put("kept", value, key)),
    draft: async (task_id) => loose.get(task_id) ?? read((db) => db.get("drafts", task_id)),
    async saveDraft(task_id, draft) {
      if (is_left) return;
      if ((await write((db) => db.put("drafts", draft, task_id))) === false) loose.set(task_id, draft);
      else loose.delete(task_id);
    },
    dropDraft(task_id) {
      loose.delete(task_id);
      return erase("drafts", task_id);
    },
    /* What is about people goes: the run with its recipients, money, half-made proofs. What waits to be sent stays, and with it
       the count and the name under which this phone sends. */
    async forget() {
      is_left = true;
      await use(forgetPeople).catch(() => {}); // a store that cannot be opened keeps nothing
    },
    /* null if they cannot be read. */
    items: () => read((db) => db.getAll("outbox"), null),
    put: (item) => write((db) => db.put("outbox", item)),
    /* Of one item, in turn with all pages: that it is about to be sent, or after all was not; "gone" if it was taken back. */
    mark: (item, device_id, may_be_there) => decide(item, device_id, (found, outbox) => {
      if (found) outbox.put({ ...found, may_be_there }).catch(() => {}); // the transaction says it
      return found ? "there" : "gone";
    }),
    /* True if nobody sends the first of these, and nobody will: they are gone, all of them. */
    withdraw: (items, device_id) => decide(items[0], device_id, (found, outbox) => {
      const is_free = Boolean(found) && !found.may_be_there;
      if (is_free) for (const { seq } of items) outbox.delete(seq).catch(() => {});
      return is_free;
    }),
    /* What stays although it was sent is sent again some day: the server knows it by its UUID. */
    drop: (seq) => erase("outbox", seq),
    /* One transaction: the numbers are taken and the items are on disk, or nothing is. Numbers go on after `before`, the
       highest that the page has given by itself; false if they could not be kept. */
    append: (items, before) => write(async (db) => {
      const both = db.transaction(["kept", "outbox"], "readwrite", { durability: "strict" });
      both.done.catch(() => {}); // heard below, unless the first read fails already
      const kept = both.objectStore("kept");
      const last = Math.max((await kept.get("seq")) ?? 0, before);
      const numbered = items.map((item, index) => ({ ...item, seq: last + index + 1 }));
      const puts = numbered.map((item) => both.objectStore("outbox").put(item));
      const outcome = await Promise.allSettled([both.done, kept.put(last + items.length, "seq"), ...puts]);
      for (const { status, reason } of outcome) if (status === "rejected") throw reason;
      return numbered;
    }),
    async deviceId() {
      const known = await read((db) => db.get("kept", "device_id"));
      if (known) return known;
      const fresh = crypto.randomUUID();
      const given = await write(async (db) => { // two pages may begin at the same moment
        const { store, done } = db.transaction("kept", "readwrite");
        const id = (await store.get("device_id")) ?? fresh;
        await Promise.all([store.put(id, "device_id"), done]);
        return id;
      });
      return given || fresh;
    },
  };
}

/* What is about people goes from the stores of all who used this browser; what waits to be sent waits for them. */
export async function forgetAll() {
  const names = ((await window.indexedDB?.databases?.()) ?? []).map(({ name }) => name).filter((name) => name.startsWith(PREFIX));
  for (const name of names) await (await openStore(name.slice(PREFIX.length))).forget();
}

async function forgetPeople(db) {
  const forgetting = db.transaction(["kept", "drafts"], "readwrite");
  const kept = forgetting.objectStore("kept");
  for (const key of await kept.getAllKeys()) if (!STAYS.has(key)) kept.delete(key);
  forgetting.objectStore("drafts").clear();
  await forgetting.done;
}

class TooLate extends Error {}

/* What opens later is closed: half of the page's work would be in it, and it would stand in the way of the next page. */
async function inTime(opening) {
  let timer = null;
  const limit = new Promise((_, refuse) => { timer = setTimeout(refuse, OPENS_MS, new TooLate()); });
  try {
    return await Promise.race([opening, limit]);
  } catch (error) {
    opening.then((db) => db.close(), () => {});
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

function isFull(error) { return error?.name === "QuotaExceededError"; }
