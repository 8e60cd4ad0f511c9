/** Splits a line as iptables-restore does: at blanks, with "quoted text" as one word and a backslash before a quote. */
export const splitWords = (line: string): readonly string[] =>
  (line.match(/"(?:[^"\\]|\\.)*"|\S+/g) ?? []).map((word) =>
    word.startsWith('"') ? word.slice(1, -1).replace(/\\(.)/g, '$1') : word,
  );

/** A number in decimal, or in hexadecimal after 0x. */
export const number = (text: string | undefined): number | undefined =>
  text !== undefined && /^(0x[0-9a-f]+|\d+)$/i.test(text) ? Number(text) : undefined;
