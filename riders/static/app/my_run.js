/* The run on this phone: what the server last said, under what was done since. Says `changed`.
   An action leaves the outbox when the server has it, and an answer about the run may have been on its way since before:
   such an answer is not looked at but asked for anew, or the screen would go back to the stop that was just finished.
   Says `added` with the tasks that are new, once, however many asked. */

import { fetchRun } from "./net.js";
import { freshTasks, withActions } from "./run_model.js";

const NOTHING = { stops: [], done: [], done_count: 0 };

export class MyRun extends EventTarget {
  constructor(store, outbox) {
    super();
    Object.assign(this, { store, outbox, run: null, asked: 0, heard: 0 });
    outbox.addEventListener("changed", () => { this.laid = null; });
    outbox.addEventListener("sent", ({ detail: { item } }) => { if (item.kind === "action") this.settle(item); });
    outbox.addEventListener("refused", () => { if (this.run) this.set({ ...this.run, tag: null }); });
  }

  load(run) {
    this.run = run ?? null;
    this.laid = null;
  }

  /* Stops, done tasks and their count as the rider left them. */
  get plan() {
    this.laid ??= this.after([]);
    return this.laid;
  }

  /* The same once these were done as well. */
  after(actions) {
    return withActions(this.run?.run ? this.run : null, [...this.waiting, ...actions]) ?? NOTHING;
  }

  get waiting() { return this.outbox.items.filter((item) => item.kind === "action" && item.state === "waiting"); }

  /* The server has it: lay it over the run for good. */
  settle(item) {
    this.heard += 1;
    if (this.run) this.set({ ...withActions(this.run, [item]), tag: null });
  }

  /* Asked again meanwhile, it looks again; throws what `fetchRun` throws. */
  refresh() {
    this.asked += 1;
    this.asking ??= this.ask().finally(() => { this.asking = null; });
    return this.asking;
  }

  async ask() {
    const before = this.run;
    for (;;) {
      const { asked, heard } = this;
      const fresh = await fetchRun(this.run?.tag);
      if (fresh && heard === this.heard) this.set(fresh);
      if (asked === this.asked && heard === this.heard) break;
    }
    const added = before ? freshTasks(before, this.run) : [];
    if (added.length > 0) this.dispatchEvent(new CustomEvent("added", { detail: added }));
  }

  /* Stops come later or earlier than they did: {task_id: [eta_at, eta_late_at]}. An answer on its way may be older than this. */
  retime(times) {
    this.asked += 1;
    if (!this.run?.stops.some((stop) => stop.tasks.some(({ id }) => times[id]))) return;
    const moved = (task) => (times[task.id] ? { ...task, eta_at: times[task.id][0], eta_late_at: times[task.id][1] } : task);
    this.set({ ...this.run, stops: this.run.stops.map((stop) => ({ ...stop, tasks: stop.tasks.map(moved) })) });
  }

  set(run) {
    this.run = run;
    this.laid = null;
    this.store.set("run", run);
    this.dispatchEvent(new Event("changed"));
  }
}
