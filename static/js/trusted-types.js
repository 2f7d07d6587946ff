// The one Trusted Types policy. htmx parses HTML that our own server has escaped; scripts and workers come from our own origin alone.
window.trustedTypes?.createPolicy("default", {
  createHTML: (html) => html,
  createScriptURL: (url) => (new URL(url, location.href).origin === location.origin ? url : null),
});
