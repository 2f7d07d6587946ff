/** The order of what was said: by number, each message once, a line for each day, names where the speaker changes. */

export const numberOf = (item) => Number(item?.dataset.seq ?? 0);

const dayOf = (text) => new Intl.DateTimeFormat("en-GB", { dateStyle: "long", timeZone: "UTC" }).format(new Date(text));

function line(day) {
  const item = document.createElement("li");
  item.className = "day";
  item.dataset.day = day;
  item.textContent = dayOf(day);
  return item;
}

/** Bring the items of `list` into order; of two with the same id the further one stays. What waits stays last. */
export function arrange(list) {
  const known = new Map();
  const extra = [];
  for (const item of [...list.children]) {
    if (!item.dataset.seq) {
      extra.push(item);
      continue;
    }
    const other = known.get(item.id);
    if (other && other.dataset.stage >= item.dataset.stage) {
      item.remove();
      continue;
    }
    other?.remove();
    known.set(item.id, item);
  }
  const days = new Map(extra.filter((item) => item.classList.contains("day")).map((item) => [item.dataset.day, item]));
  const wanted = [];
  let before = null;
  for (const item of [...known.values()].sort((one, other) => numberOf(one) - numberOf(other))) {
    const { day, from } = item.dataset;
    const sameDay = before?.dataset.day === day;
    if (!sameDay) wanted.push(days.get(day) ?? line(day));
    item.classList.toggle("joined", sameDay && before.dataset.from === from);
    wanted.push(item);
    before = item;
  }
  for (const item of extra) if (!item.classList.contains("day")) wanted.push(item);
  // Moved only where it must be: a moved element loses focus and selection.
  let next = list.firstElementChild;
  for (const item of wanted) {
    if (item === next) next = next.nextElementSibling;
    else list.insertBefore(item, next);
  }
  while (next) {
    const gone = next;
    next = next.nextElementSibling;
    gone.remove();
  }
}
