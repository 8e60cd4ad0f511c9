/** The paths of all keys of a document, `a.b.c`; a document that holds itself is followed for a few levels. */
type Keys<T, Depth extends readonly 0[] = []> = Depth['length'] extends 8
  ? never
  : T extends readonly (infer E)[]
    ? Keys<E, Depth>
    : T extends object
      ? { [K in keyof T & string]-?: K | `${K}.${Keys<T[K], [...Depth, 0]>}` }[keyof T & string]
      : never;
type Fits<A, B> = [A] extends [B] ? true : never;

/**
 * True where two types of documents say the same: the compiler's proof that a shape says what its type does. Assignability alone
 * lets optional keys be missing.
 */
export type Same<A, B> = Fits<A, B> & Fits<B, A> & Fits<Keys<A>, Keys<B>> & Fits<Keys<B>, Keys<A>>;
