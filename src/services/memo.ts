/** The value of a key, made when it is first asked for. */
export const memo = <K, V>(map: Map<K, V>, key: K, make: () => V): V => {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
};

/** A value that is made when it is first asked for. */
export const once = <V>(make: () => V): (() => V) => {
  let made: { readonly value: V } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
};

/** Puts items under their keys, each list in the order of the items. */
export const groupBy = <K, V>(items: readonly V[], keysOf: (item: V) => readonly K[]): ReadonlyMap<K, readonly V[]> => {
  const groups = new Map<K, V[]>();
  for (const item of items) for (const key of keysOf(item)) memo(groups, key, () => []).push(item);
  return groups;
};
