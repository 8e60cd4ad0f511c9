/** How people call the types that schemas name. */
const WORDS: Readonly<Record<string, string>> = {
  string: 'a string',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a mapping',
  record: 'a mapping',
  null: 'empty',
};

export const typeWords = (type: string): string => WORDS[type] ?? type;

/** What a value of a document is: `a string`, `a list`, … */
export const kindOf = (value: unknown): string => {
  if (value === null || value === undefined) return 'empty';
  return typeWords(Array.isArray(value) ? 'array' : typeof value);
};

/** A value as a message quotes it: `the string "1500"`, `true`, `a list`. */
export const showValue = (value: unknown): string => {
  if (typeof value === 'string') return `"${value.length > 60 ? `${value.slice(0, 57)}…` : value}"`;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  return kindOf(value);
};

/** `a`, `a or b`, `one of a, b, c`. */
export const oneOf = (choices: readonly string[]): string =>
  choices.length > 2 ? `one of ${choices.join(', ')}` : choices.join(' or ');

/** `1 pod`, `3 pods`. */
export const count = (n: number, noun: string): string => `${n} ${noun}${n === 1 ? '' : 's'}`;

/** `a`, `a and b`, `a, b and c`. */
export const listWords = (words: readonly string[]): string =>
  words.length > 1 ? `${words.slice(0, -1).join(', ')} and ${words.at(-1)}` : (words[0] ?? '');
