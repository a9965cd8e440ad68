/* The run as the rider sees it: what the server last said, with everything done since laid over it. Pure. */

export const AFTER = { start: "started", arrive: "arrived" };
const ENDED = { complete: "done", fail: "failed" };

/* The stops left to do, and what is done, the latest first; nobody brings what was not picked up. `actions`: [{task_id, verb, device_at, back_to}] in the order they were done. */
export function withActions(run, actions) {
  if (!run) return null;
  const last = new Map(actions.map((action) => [action.task_id, action]));
  const never_taken = new Set(run.stops.flatMap((stop) => stop.tasks).filter((task) => task.kind === "pickup" && last.get(task.id)?.verb === "fail").map((task) => task.order_id));
  const failed = new Set((run.done ?? []).filter((task) => task.kind === "dropoff" && task.state === "failed" && last.get(task.id)?.verb === "restore").map((task) => task.order_id));
  const finished = [];
  const stops = [];
  for (const stop of run.stops) {
    const tasks = [];
    for (const task of stop.tasks) {
      const action = last.get(task.id);
      if (ENDED[action?.verb]) finished.push({ ...task, lonlat: stop.lonlat, state: ENDED[action.verb], ended_at: action.device_at });
      else if (failed.has(task.return_of)) continue; // what did not fail after all is not brought back
      else if (task.kind === "pickup" || !never_taken.has(task.order_id)) tasks.push(action ? moved(task, action) : task);
    }
    if (tasks.length > 0) stops.push({ ...stop, tasks });
  }
  const is_open_again = ({ id }) => last.has(id) && !ENDED[last.get(id).verb];
  const before = run.done ?? [];
  const again = before.filter(is_open_again).map((task) => stopOf(moved(task, last.get(task.id))));
  return {
    ...run,
    stops: [...again, ...stops],
    done: [...finished.toReversed(), ...before.filter((task) => !is_open_again(task))],
    done_count: run.done_count + finished.length - again.length,
  };
}

/* What was taken back is where it was before, however often it is laid over what the server knows of it already. */
function moved(task, { verb, device_at, back_to = "assigned" }) {
  return { ...task, state: AFTER[verb] ?? back_to, arrived_at: verb === "arrive" ? device_at : task.arrived_at };
}

/* A finished task that was taken back stands where the rider is: there is no way to it to show. */
function stopOf(task) {
  return { id: task.id, tasks: [task], lonlat: task.lonlat, leg: { duration_s: 0, length_m: 0, coordinates: [task.lonlat, task.lonlat], steps: [], hazards: [] } };
}

/* What the one large button does next at a stop: start, arrive or complete. */
export function nextVerb(stop) {
  const states = stop.tasks.map((task) => task.state);
  if (states.every((state) => state === "arrived")) return "complete";
  if (states.some((state) => state === "started" || state === "arrived")) return "arrive";
  return "start";
}

/* pickup, dropoff, return, or both kinds of work at one door. */
export function kindOf(stop) {
  if (stop.tasks.every((task) => task.is_return)) return "return";
  return stop.tasks[0].kind;
}

/* The tightest promise of a stop: {by, is_late, is_tight}. */
export function promise(stop, now) {
  const times = stop.tasks.map((task) => task.window_by).filter(Boolean).sort();
  if (times.length === 0) return null;
  const left_s = (Date.parse(times[0]) - now.getTime()) / 1000;
  return { by: times[0], is_late: left_s < 0, is_tight: left_s < 300 };
}

/* Each parcel has its own; pictures, names and ages are those of the door. */
export const PER_PARCEL = new Set(["code", "barcode", "weight"]);

/* What must be proven at a stop: [{kind, task_id, number}], what is PER_PARCEL for each, the rest once. */
export function proofsNeeded(stop) {
  const needed = [];
  for (const task of stop.tasks) {
    const kinds = new Set(task.required_proof);
    if (task.has_code) kinds.add("code");
    for (const kind of kinds) {
      if (PER_PARCEL.has(kind) || !needed.some((item) => item.kind === kind)) needed.push({ kind, task_id: task.id, number: task.order_number });
    }
  }
  return needed;
}

/* Tasks that the run before did not have, open or done: new work. */
export function freshTasks(before, after) {
  const known = new Set([...(before?.stops ?? []).flatMap((stop) => stop.tasks), ...(before?.done ?? [])].map((task) => task.id));
  return (after?.stops ?? []).flatMap((stop) => stop.tasks.filter((task) => !known.has(task.id)));
}
