/** A list that shares its tail, so that a fork costs nothing. */
export type Cell<T> = { readonly head: T; readonly tail: Cell<T> | undefined };

export const cons = <T>(head: T, tail: Cell<T> | undefined): Cell<T> => ({ head, tail });

/** The items, the oldest first. */
export const toArray = <T>(list: Cell<T> | undefined): T[] => {
  const items: T[] = [];
  for (let cell = list; cell; cell = cell.tail) items.push(cell.head);
  return items.reverse();
};
