/* Dragging on the board: an order onto a rider assigns it, onto a stop it goes before or after that stop; a stop within its
   run changes the order, and onto another rider it takes its whole order along. The keyboard has buttons for the same. */

export function enableDragging(root, board) {
  let dragged = null;

  const clear = () => {
    for (const element of root.querySelectorAll(".is-target, .drop-before, .drop-after")) element.classList.remove("is-target", "drop-before", "drop-after");
  };

  const start = (event) => {
    dragged = event.target.closest?.("[draggable][data-order]") ?? null;
    if (!dragged) return;
    board.dragging = true;
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", dragged.dataset.number ?? "");
    dragged.classList.add("is-dragged");
  };

  const over = (event) => {
    const rider = dragged && event.target.closest?.("[data-rider][data-run]");
    if (!rider) return;
    event.preventDefault();
    clear();
    const stop = event.target.closest("[data-stops] > li");
    if (!stop) return rider.classList.add("is-target");
    const box = stop.getBoundingClientRect();
    const is_after = event.clientY > box.top + box.height / 2 || "begun" in stop.dataset;
    stop.classList.add(is_after ? "drop-after" : "drop-before");
  };

  const drop = (event) => {
    const rider = dragged && event.target.closest?.("[data-rider][data-run]");
    if (!rider) return;
    event.preventDefault();
    const stop = event.target.closest("[data-stops] > li");
    const is_after = stop?.classList.contains("drop-after");
    const own_list = dragged.closest("[data-stops]");
    board.dragging = false;
    clear();
    if (own_list && own_list.closest("[data-run]") === rider) {
      if (!stop || stop === dragged) return;
      if (is_after) stop.after(dragged);
      else stop.before(dragged);
      board.reorder(own_list);
      return;
    }
    const place = stop ? [...stop.parentElement.children].indexOf(stop) + (is_after ? 1 : 0) : undefined;
    board.assignTo(dragged.dataset.order, rider.dataset.rider, rider.dataset.version, rider.dataset.name, place);
  };

  const end = () => {
    dragged?.classList.remove("is-dragged");
    dragged = null;
    board.dragging = false;
    clear();
  };

  const listeners = { dragstart: start, dragover: over, drop, dragend: end };
  for (const [name, listener] of Object.entries(listeners)) root.addEventListener(name, listener);
  return () => { for (const [name, listener] of Object.entries(listeners)) root.removeEventListener(name, listener); };
}
