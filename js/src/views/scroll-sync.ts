/** Boxes over one text: when the reader scrolls one, the others show the same lines at the same height. */
export function linkScrolling(boxes: readonly HTMLElement[], signal: AbortSignal): void {
  /** Where a box was scrolled from here, whose scroll event is ignored. */
  const put = new Map<HTMLElement, number>();
  for (const box of boxes) {
    const follow = () => {
      const { scrollTop } = box;
      if (put.get(box) === scrollTop) return;
      put.delete(box);
      for (const other of boxes) {
        if (other === box || other.scrollTop === scrollTop) continue;
        other.scrollTop = scrollTop;
        put.set(other, other.scrollTop);
      }
    };
    box.addEventListener("scroll", follow, { signal, passive: true });
  }
}
