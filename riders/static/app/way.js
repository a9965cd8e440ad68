/* Where a rider is on the way that is drawn, and the turn that comes next. Pure; places are [lon, lat], lengths metres. */

const OFF_THE_WAY_M = 60;
const DEGREE_M = 111195;

/* {step, in_m} for the next turn, or null off the way or without one. `leg`: {coordinates, steps: [{index, turn, name}]}. */
export function nextTurn(leg, here) {
  const at = nearest(leg.coordinates, here);
  if (!at || at.off_m > OFF_THE_WAY_M) return null;
  const step = leg.steps.find(({ index }) => index > at.index);
  if (!step) return null;
  let in_m = at.left_m;
  for (let index = at.index + 1; index < step.index; index += 1) in_m += lengthOf(leg.coordinates[index], leg.coordinates[index + 1]);
  return { step, in_m };
}

/* The piece of a line that is nearest to a place: its index, how far off the place is, how much of the piece is left. */
function nearest(line, here) {
  let best = null;
  for (let index = 0; index + 1 < line.length; index += 1) {
    const [ax, ay] = offset(here, line[index]);
    const [bx, by] = offset(here, line[index + 1]);
    const [dx, dy] = [bx - ax, by - ay];
    const whole = dx * dx + dy * dy;
    const share = whole > 0 ? Math.min(1, Math.max(0, -(ax * dx + ay * dy) / whole)) : 0;
    const off_m = Math.hypot(ax + share * dx, ay + share * dy);
    if (!best || off_m < best.off_m) best = { index, off_m, left_m: (1 - share) * Math.sqrt(whole) };
  }
  return best;
}

function offset([lon, lat], [to_lon, to_lat]) {
  return [(to_lon - lon) * DEGREE_M * Math.cos((lat * Math.PI) / 180), (to_lat - lat) * DEGREE_M];
}

function lengthOf(a, b) { return Math.hypot(...offset(a, b)); }
