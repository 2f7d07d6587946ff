/** The comments of a post's page: Reply leads into its field, and what was posted takes the focus, its form being done. */

function opened(event) {
  const summary = event.target.closest(".reply > summary");
  if (!summary) return;
  // In the same turn as the press: phones show their keyboard for nothing later.
  event.preventDefault();
  const reply = summary.parentElement;
  reply.open = !reply.open;
  if (reply.open) reply.querySelector("textarea").focus();
}

function posted({ detail: { ctx } }) {
  const [, key] = /^comments-(.+)/.exec(ctx.target?.id) ?? [];
  if (!key) return;
  const made = ctx.target.lastElementChild;
  const reply = document.getElementById(`comment-form-${key}`)?.closest(".reply");
  if (reply) reply.open = false;
  made.tabIndex = -1;
  made.focus();
}

export default function discussion(section) {
  section.addEventListener("click", opened);
  document.addEventListener("htmx:after:swap", posted);
}
