// One quiet voice for what happened without a page load: read out by screen readers, shown by nobody else.
const announce = (() => {
  let region;
  return (words) => {
    if (!region) {
      region = document.createElement("p");
      region.className = "visually-hidden";
      region.setAttribute("role", "status");
      document.body.append(region);
    }
    region.textContent = "";
    // A screen reader speaks only of what changed after it saw the region.
    setTimeout(() => { region.textContent = words; }, 50);
  };
})();
