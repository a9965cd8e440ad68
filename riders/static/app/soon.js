/* Does something once for all that asks for it meanwhile, and each phone at its own moment: a plan, a hazard or the open board
   concerns many at once, and they would only wait for each other. */
const AT_LEAST_MS = 80;
const SPREAD_MS = 500;

export class Soon {
  constructor(act) {
    this.act = act;
    this.timer = null;
  }

  ask() {
    this.timer ??= setTimeout(() => { this.timer = null; this.act(); }, AT_LEAST_MS + Math.random() * SPREAD_MS);
  }

  cancel() {
    clearTimeout(this.timer);
    this.timer = null;
  }
}
