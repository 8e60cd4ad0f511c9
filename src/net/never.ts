/** Ends an exhaustive switch: the compiler refuses it while a case is missing. */
export const never = (value: never): never => {
  throw new Error(`unexpected value: ${JSON.stringify(value)}`);
};
