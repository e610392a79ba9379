/** Boxes that scroll sideways, code and tables, can be reached by keyboard; others are no stop of the tab key. */
(() => {
  "use strict";
  const boxes = document.querySelectorAll("article pre, article .table-wrapper");
  const update = (box) => {
    if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
    else box.removeAttribute("tabindex");
  };
  const sizes = new ResizeObserver((entries) => entries.forEach(({ target }) => update(target)));
  for (const box of boxes) {
    update(box); // An observer is first called a frame later.
    sizes.observe(box);
  }
})();
