import type { PluginsDoc } from '../../list-plugins.ts';
import { hang } from '../wrap.ts';
import type { Style } from './style.ts';

const KNOWN = { kernel: 'kernel ', source: 'source ', assumed: 'assumed' } as const;

/** The plugins, and for each line of what is modelled how it is known. */
export const pluginsText = (doc: PluginsDoc, { width, palette }: Style): string[] => [
  ...doc.plugins.flatMap(({ name, title, aliases, modelled }) => [
    palette.strong(name) + (aliases.length > 0 ? palette.faint(` (also ${aliases.join(', ')})`) : ''),
    ...hang('  ', title, width),
    ...modelled.flatMap(({ what, known }) => hang(`  ${KNOWN[known]}  `, what, width)),
    '',
  ]),
  ...hang(
    '',
    'kernel: compared with what the Linux kernel does with the same state; source: read from the source',
    width,
  ),
  ...hang('', 'of the plugin; assumed: nobody has verified it.', width),
];
