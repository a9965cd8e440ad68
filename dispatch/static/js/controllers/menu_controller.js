/* A <details class="menu"> that closes on Escape, on a press outside and when focus leaves it. */

import { Controller } from "/static/vendor/stimulus.js";

export default class extends Controller {
  connect() {
    this.outside = (event) => { if (!this.element.contains(event.target)) this.element.open = false; };
    this.escape = (event) => {
      if (event.key !== "Escape" || !this.element.open) return;
      this.element.open = false;
      this.element.querySelector("summary").focus();
    };
    document.addEventListener("pointerdown", this.outside);
    document.addEventListener("focusin", this.outside);
    this.element.addEventListener("keydown", this.escape);
  }

  disconnect() {
    document.removeEventListener("pointerdown", this.outside);
    document.removeEventListener("focusin", this.outside);
    this.element.removeEventListener("keydown", this.escape);
  }
}
