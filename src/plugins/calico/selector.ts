import type { Labels } from '../../model/cluster.ts';

type Test = (labels: Labels) => boolean;

const TOKEN = /\s*(\|\||&&|==|!=|!|\(|\)|\{|\}|,|'[^']*'|"[^"]*"|[A-Za-z0-9_./-]+)/y;

const tokensOf = (text: string): readonly string[] | undefined => {
  const tokens: string[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.trimEnd().length) {
    const found = TOKEN.exec(text);
    if (!found?.[1]) return undefined;
    tokens.push(found[1]);
  }
  return tokens;
};

const unquoted = (token: string | undefined): string | undefined =>
  token !== undefined && /^['"]/.test(token) ? token.slice(1, -1) : undefined;

type Reader = { readonly peek: () => string | undefined; readonly next: () => string | undefined };

const setOf = (read: Reader): ReadonlySet<string> | undefined => {
  if (read.next() !== '{') return undefined;
  const values = new Set<string>();
  for (let token = read.next(); token !== '}'; token = read.next()) {
    if (token === ',') continue;
    const value = unquoted(token);
    if (value === undefined) return undefined;
    values.add(value);
  }
  return values;
};

const labelTest = (label: string, read: Reader): Test | undefined => {
  const op = read.next();
  if (op === 'in' || op === 'notin' || (op === 'not' && read.next() === 'in')) {
    const values = setOf(read);
    return values && ((labels) => values.has(labels[label] ?? '\0') === (op === 'in'));
  }
  // `starts with` and `ends with` are two words as well as one.
  if ((op === 'starts' || op === 'ends') && read.next() !== 'with') return undefined;
  const value = unquoted(read.next());
  if (value === undefined) return undefined;
  switch (op) {
    case '==':
      return (labels) => labels[label] === value;
    case '!=':
      return (labels) => labels[label] !== value;
    case 'contains':
      return (labels) => labels[label]?.includes(value) ?? false;
    case 'starts':
    case 'startswith':
      return (labels) => labels[label]?.startsWith(value) ?? false;
    case 'ends':
    case 'endswith':
      return (labels) => labels[label]?.endsWith(value) ?? false;
    default:
      return undefined;
  }
};

const atom = (read: Reader): Test | undefined => {
  const token = read.next();
  if (token === '!') {
    const inner = atom(read);
    return inner && ((labels) => !inner(labels));
  }
  if (token === '(') {
    const inner = either(read);
    return read.next() === ')' ? inner : undefined;
  }
  if (token === undefined || read.peek() === undefined) return undefined;
  if ((token === 'all' || token === 'global') && read.peek() === '(')
    return read.next() && read.next() === ')' ? () => true : undefined;
  if (token === 'has' && read.peek() === '(') {
    read.next();
    const label = read.next();
    return read.next() === ')' && label !== undefined ? (labels) => labels[label] !== undefined : undefined;
  }
  return labelTest(token, read);
};

const both = (read: Reader): Test | undefined => {
  let test = atom(read);
  while (test && read.peek() === '&&') {
    read.next();
    const [left, right]: [Test, Test | undefined] = [test, atom(read)];
    test = right && ((labels) => left(labels) && right(labels));
  }
  return test;
};

const either = (read: Reader): Test | undefined => {
  let test = both(read);
  while (test && read.peek() === '||') {
    read.next();
    const [left, right]: [Test, Test | undefined] = [test, both(read)];
    test = right && ((labels) => left(labels) || right(labels));
  }
  return test;
};

/** A Calico selector (libcalico-go/lib/selector) as a test of labels; undefined where it cannot be read. */
const parseSelector = (text: string): Test | undefined => {
  if (text.trim() === '') return () => true;
  const tokens = tokensOf(text);
  if (!tokens) return undefined;
  let at = 0;
  const test = either({ peek: () => tokens[at], next: () => tokens[at++] });
  return at >= tokens.length ? test : undefined;
};

/** The nodeSelector of a pool. One that cannot be read selects nothing, as Calico refuses it. */
export const selectsNode = (text: string): Test => parseSelector(text) ?? (() => false);
