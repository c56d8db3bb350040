/** A stretch of a text, from the index `start` up to (not including) `end`. */
export interface Span {
  start: number;
  end: number;
}

/** Finds the span that a cut at `at` would tear, among spans in ascending order that do not overlap. */
export function spanAround<S extends Span>(spans: readonly S[], at: number): S | undefined {
  const span = spans[firstIndex(spans, (candidate) => candidate.end > at)];
  return span && span.start < at ? span : undefined;
}

/** Index of the first element for which `holds`, given that it then holds for all later ones (a binary search). */
export function firstIndex<T>(sorted: readonly T[], holds: (element: T) => boolean): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (holds(sorted[middle] as T)) high = middle;
    else low = middle + 1;
  }
  return low;
}
