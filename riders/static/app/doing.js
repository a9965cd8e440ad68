/* What a rider does at a stop, as items for the outbox: set off, here, done, failed, taken back, noted. */

import { toast } from "/static/js/controllers/toast_controller.js";
import { since } from "./clock.js";
import { draftKey } from "./parcels.js";
import { lastPlace } from "./position.js";
import { AFTER, PER_PARCEL, kindOf, nextVerb, proofsNeeded } from "./run_model.js";
import { word } from "./words.js";

/* Where a stop is once what was done there is taken back: at once, when the rider stands there yet, or later.
   The server has the same rule (`dispatch.orders.rules.AT_THE_DOOR`). */
const AT_THE_DOOR_S = 60;
const UNDONE = { start: "assigned", arrive: "started", complete: "arrived", fail: "arrived" };
const CORRECTED = { ...UNDONE, complete: "assigned", fail: "assigned" };

export class Doing {
  constructor({ outbox, store, my_run, proof_sheet }) {
    Object.assign(this, { outbox, store, my_run, proof_sheet, undo_toasts: {} });
    outbox.addEventListener("refused", ({ detail: { item, error } }) => { if (error.code === "wrong_code") this.keepGiven(item); });
  }

  get stop() { return this.my_run.plan.stops[0]; }

  /* The one large button. */
  async advance() {
    const { stop } = this;
    if (!stop) return;
    const verb = nextVerb(stop);
    if (verb === "complete") await this.complete(stop);
    else if (verb === "arrive") await this.arrive();
    else await this.setOff(stop);
  }

  /* Sent at once, because others wait for it, and taken back by an action of its own. */
  async setOff(stop) {
    this.offerUndo(await this.outbox.addAll(actions(stop, "start")), word("did_start"));
  }

  async arrive() {
    this.undo_toasts.start?.remove(); // who is there has set off
    if (this.stop) await this.outbox.addAll(actions(this.stop, "arrive"));
  }

  async complete(stop) {
    const needed = proofsNeeded(stop);
    const proofs = needed.length > 0 ? await this.proof_sheet.ask(stop.id, needed) : [];
    if (proofs) await this.finish(stop, proofs);
  }

  /* All parcels for one door at once, their proofs, and the start of the way to the next stop: one tap less.
     `left`: with a neighbour or in a safe place, by the proof for that. */
  async finish(stop, proofs, left = null) {
    const done = stop.tasks.flatMap((task) => completion(task, proofs, left));
    const [next] = this.my_run.after(done.filter(({ kind }) => kind === "action")).stops;
    const onward = next?.tasks.every((task) => task.state === "assigned") ? actions(next, "start") : [];
    const items = await this.outbox.addAll([...done, ...onward]);
    this.offerUndo(items, word(`did_${left ?? kindOf(stop)}`));
    for (const id of new Set([draftKey(stop, left), ...stop.tasks.map((task) => task.id)])) await this.store.dropDraft(id);
  }

  async keepGiven(item) {
    await this.proof_sheet.keepGiven(item, this.outbox.withPictures(item));
  }

  /* `stop` with those of its parcels that the trouble is about; none if it was given away while the rider looked for the reason. */
  async fail(reason, stop) {
    if (stop.tasks.length === 0) return;
    const items = await this.outbox.addAll(stop.tasks.map((task) => ({ ...action(task, "fail", { reason }), may_undo: true })));
    this.offerUndo(items, word(stop.tasks[0].kind === "dropoff" ? "did_fail_dropoff" : "did_fail_pickup"));
  }

  offerUndo(items, message) {
    const [{ verb }] = items;
    this.undo_toasts[verb]?.remove();
    this.undo_toasts[verb] = toast(message, { action: { label: word("undo"), run: async () => {
      for (const item of items.filter(({ kind }) => kind === "action").reverse()) await this.takeBack(item, UNDONE);
      this.my_run.refresh().catch(() => {});
    } } });
  }

  /* Later, from the list of what is done. */
  async correct(task_id) {
    const item = this.my_run.waiting.findLast((waiting) => waiting.task_id === task_id && isEnd(waiting));
    const done = this.my_run.plan.done.find(({ id }) => id === task_id);
    const is_there = since(done?.ended_at) <= AT_THE_DOOR_S;
    await this.takeBack(item ?? { task_id, verb: "complete", number: done?.order_number }, is_there ? UNDONE : CORRECTED);
    toast(word("corrected"));
  }

  /* `verb`: arrive, tapped too soon or at another door, so that the waiting never began; or start. */
  async notYet(verb) {
    const begun = (this.stop?.tasks ?? []).filter(({ state }) => state === AFTER[verb]);
    for (const { id, order_id, order_number } of begun) {
      const last = this.my_run.waiting.findLast((waiting) => waiting.task_id === id);
      await this.takeBack(last?.verb === verb ? last : { task_id: id, order_id, verb, number: order_number });
    }
  }

  /* As if it had not been, or, if the server has it or may have it, by an action of its own. The way to the next stop begins
     by itself: nothing is to be taken back if the rider is there by now. */
  async takeBack(item, back_to = CORRECTED) {
    if (item.seq && (await this.outbox.takeBack(item.seq))) return;
    if (item.verb !== "start" || this.isOnTheWay(item.task_id)) await this.outbox.add(restoring(item, back_to));
  }

  isOnTheWay(task_id) {
    return this.my_run.plan.stops.some(({ tasks }) => tasks.some(({ id, state }) => id === task_id && state === AFTER.start));
  }

  /* A line for whoever looks at this stop later: the merchant's proof sheet and the board show it. */
  async note(text) {
    const [task] = this.stop.tasks;
    await this.outbox.add({ kind: "note", verb: "note", path: `/tasks/${task.id}/proofs`, body: { kind: "note", text }, task_id: task.id, number: task.order_number });
    toast(word("noted"));
  }

  /* One that nobody asked for, of a damage perhaps: kept with the proofs. */
  async photo(task_id, blob) {
    await this.outbox.add({ kind: "picture", verb: "photo", path: `/tasks/${task_id}/proofs`, body: { kind: "photo" }, blob, task_id });
    toast(word("photo_added"));
  }
}

function isEnd({ verb }) { return verb === "complete" || verb === "fail"; }

function action(task, verb, body = {}) {
  const { lon, lat } = lastPlace();
  const place = lon === undefined ? {} : { lon, lat };
  return { kind: "action", verb, path: `/tasks/${task.id}/${verb}`, body: { ...place, ...body }, task_id: task.id, order_id: task.order_id, number: task.order_number };
}

function restoring({ task_id, order_id, number, verb }, back_to) {
  return { ...action({ id: task_id, order_id, order_number: number }, "restore"), back_to: back_to[verb] };
}

function actions(stop, verb) {
  return stop.tasks.filter((task) => task.state !== "arrived").map((task) => action(task, verb));
}

/* One parcel done: the status with its proofs by name, then each picture. */
function completion(task, proofs, left) {
  const wanted = new Set([...task.required_proof, ...(task.has_code ? ["code"] : []), ...(left ? proofs.map(({ kind }) => kind) : [])]);
  const mine = proofs.filter(({ kind, task_id }) => wanted.has(kind) && (!PER_PARCEL.has(kind) || task_id === task.id));
  const named = mine.map((proof) => ({ ...proof, client_uuid: proof.known[task.id] ?? crypto.randomUUID() }));
  const client_uuid = crypto.randomUUID();
  const given = named.map((proof) => ({ client_uuid: proof.client_uuid, kind: proof.kind, ...(proof.text ? { text: proof.text } : {}) }));
  const status = { ...action(task, "complete", { client_uuid, ...(left ? { reason: left } : {}), proofs: given }), may_undo: true };
  const pictures = named.filter((proof) => proof.blob).map(({ blob, kind, client_uuid: id }) => ({
    kind: "picture", verb: kind, path: `/tasks/${task.id}/proofs`, body: { client_uuid: id, kind }, blob, task_id: task.id, number: task.order_number, with_uuid: client_uuid,
  }));
  return [status, ...pictures];
}
