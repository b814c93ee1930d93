// A fragment that did not come says so where it would have stood, and offers the same again as a plain link.
{
  const sentence = (event) => {
    if (event.type === "htmx:timeout") return "The portal took too long to answer.";
    if (event.type === "htmx:sendError") return "The portal cannot be reached. Are you still connected?";
    return `The portal answered with an error (${event.detail.xhr.status}).`;
  };
  const show = (event) => {
    const target = event.detail.target ?? event.detail.elt;
    const form = event.detail.elt.closest("form");
    const address = form
      ? `${form.getAttribute("action")}?${new URLSearchParams(new FormData(form))}`
      : location.href;
    target.querySelector(":scope > .failed")?.remove();
    const notice = document.createElement("p");
    notice.className = "failed";
    notice.setAttribute("role", "alert");
    const words = document.createElement("span");
    words.textContent = sentence(event);
    const again = document.createElement("a");
    again.href = address;
    again.textContent = "Try again";
    notice.append(words, again);
    target.prepend(notice);
  };
  for (const kind of ["htmx:sendError", "htmx:responseError", "htmx:timeout"]) {
    document.addEventListener(kind, show);
  }
}
