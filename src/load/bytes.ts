import { isUtf8 } from 'node:buffer';
import type { Problem } from '../model/place.ts';

/** Turns the bytes of a file into text: UTF-8, or UTF-16 as Windows shells write it; marks of byte order are dropped. */
export const decodeText = (bytes: Buffer, name: string): { readonly text: string } | Problem => {
  if (bytes.length >= 2 && bytes[0] === 0xff && bytes[1] === 0xfe) return { text: bytes.toString('utf16le', 2) };
  if (bytes.length >= 2 && bytes[0] === 0x1f && bytes[1] === 0x8b) {
    return notText(name, 'it is compressed', 'unpack it first, e.g. with gunzip or tar');
  }
  if (!isUtf8(bytes)) return notText(name, 'it is not UTF-8', 'k8snet reads YAML and JSON text');
  const hasMark = bytes.length >= 3 && bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
  return { text: bytes.toString('utf8', hasMark ? 3 : 0) };
};

const notText = (name: string, why: string, hint: string): Problem => ({
  severity: 'error',
  code: 'NOT_TEXT',
  message: `${name} cannot be read as text: ${why}`,
  place: { file: name, line: 1, column: 1 },
  hint,
});
