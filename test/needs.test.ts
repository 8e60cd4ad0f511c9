import { expect, test } from 'vitest';
import { needs } from './support/needs.ts';

test('a command that every machine has is not missing', () => expect(needs.commands('sh')).toBeUndefined());

test('only the missing commands are named', () => expect(needs.commands('sh', 'no-such-command', 'nor-this')).toBe('needs no-such-command, nor-this'));
