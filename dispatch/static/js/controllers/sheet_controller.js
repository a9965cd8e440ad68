/* The board's list as a sheet over the map on a phone: low, half, high; by press, drag or arrow keys.
   <div class="board-panel" data-controller="sheet"><button class="sheet-handle" data-sheet-target="handle"
        data-action="click->sheet#next keydown->sheet#key pointerdown->sheet#grab"></button>…</div> */

import { Controller } from "/static/vendor/stimulus.js";

const STEPS = ["low", "half", "high"];
const DRAG_PX = 30;

export default class extends Controller {
  static targets = ["handle"];

  connect() { this.set(this.element.dataset.sheet ?? "half"); }

  set(step) {
    this.element.dataset.sheet = step;
    this.handleTarget.setAttribute("aria-expanded", String(step !== "low"));
  }

  move(by) {
    const index = STEPS.indexOf(this.element.dataset.sheet) + by;
    this.set(STEPS[Math.min(Math.max(index, 0), STEPS.length - 1)]);
  }

  next() {
    if (this.dragged) return void (this.dragged = false);
    this.set(this.element.dataset.sheet === "low" ? "half" : this.element.dataset.sheet === "half" ? "high" : "low");
  }

  key(event) {
    if (event.key === "ArrowUp") this.move(1);
    else if (event.key === "ArrowDown") this.move(-1);
    else return;
    event.preventDefault();
  }

  grab(event) {
    const start = event.clientY;
    const finish = (end) => {
      const way = start - end.clientY;
      this.dragged = Math.abs(way) > DRAG_PX;
      if (this.dragged) this.move(Math.sign(way));
    };
    this.handleTarget.setPointerCapture(event.pointerId);
    this.handleTarget.addEventListener("pointerup", finish, { once: true });
  }
}
