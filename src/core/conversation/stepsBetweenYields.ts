/** So many steps of a long work are done at once: each takes some microseconds at most, and so does to yield. */
export const stepsBetweenYields = 200;
