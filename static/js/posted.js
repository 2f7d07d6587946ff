/** After sharing: the draft goes once its post was accepted, which is when the answer redirected away from /new. */
import { clear } from "./drafts.js";

const [arrival] = performance.getEntriesByType("navigation");
sessionStorage.removeItem("posting");
if (location.pathname !== "/new" && arrival?.redirectCount) clear().catch(() => {});
