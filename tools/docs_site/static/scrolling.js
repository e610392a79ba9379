/** Boxes that scroll sideways, code and tables, can be reached by keyboard; others are no stop of the tab key. */
(() => {
  "use strict";
  const boxes = document.querySelectorAll("article pre, article .table-wrapper");
  const update = ({ target }) => {
    if (target.scrollWidth > target.clientWidth) target.tabIndex = 0;
    else target.removeAttribute("tabindex");
  };
  const sizes = new ResizeObserver((entries) => entries.forEach(update));
  for (const box of boxes) sizes.observe(box);
})();
