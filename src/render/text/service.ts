import type { BackendDoc, CauseDoc, ServiceDoc, TraceDoc } from '../../explain/document.ts';
import { hang } from '../wrap.ts';
import type { Style } from './style.ts';

const place = ({ file, line }: Pick<CauseDoc, 'file' | 'line'>): string =>
  file === undefined ? '' : ` (${file}${line === undefined ? '' : `:${line}`})`;

const causeLines = (cause: CauseDoc, { width, palette }: Style): string[] => [
  ...hang('! ', `${cause.text}${place(cause)}`, width).map((line) =>
    cause.certain ? palette.bad(line) : palette.warn(line),
  ),
  ...(cause.hint === undefined ? [] : hang('  hint: ', cause.hint, width)),
];

/** What the manifests themselves say is wrong, before anything else: it is what most readers came for. */
export const causesText = ({ causes = [] }: TraceDoc, style: Style): string[] =>
  causes.length === 0 ? [] : ['', ...causes.flatMap((cause) => causeLines(cause, style))];

const stateOf = ({ ready, serving, terminating }: BackendDoc): string => {
  if (terminating) return serving ? 'terminating, still serving' : 'terminating';
  return ready ? '' : 'not ready';
};

const percent = (probability: number): string => `${Math.round(probability * 1000) / 10} %`;

const backendRow = (backend: BackendDoc): readonly [string, string, string, string] => {
  const address = backend.ip.includes(':') ? `[${backend.ip}]:${backend.port}` : `${backend.ip}:${backend.port}`;
  const state = stateOf(backend);
  const chance =
    backend.traces.length === 0 ? (state === '' ? 'not used from here' : '') : percent(backend.probability);
  return [
    backend.pod ?? '',
    address,
    backend.node ?? '',
    [chance, state, backend.result === 'reachable' ? '' : (backend.result ?? '')]
      .filter((part) => part !== '')
      .join(', '),
  ];
};

const SHOWN = 12;

const titleOf = ({ name, namespace, type, port, portName, file, line }: ServiceDoc): string => {
  const named = portName === undefined ? '' : ` (${portName})`;
  const where = port === undefined ? '' : ` port ${port}${named}`;
  return `Service ${namespace}/${name}, ${type}${where}   ${file}:${line}`;
};

/** The endpoints of the Service: who they are, how likely each is chosen from here, and what becomes of it. */
export const serviceText = ({ service }: TraceDoc, { palette, level }: Style): string[] => {
  if (!service || level === 'brief') return [];
  const none =
    service.type === 'ExternalName' || service.port === undefined
      ? ''
      : service.noSuchPort
        ? '  no such port'
        : '  no endpoints';
  const shown = level === 'verbose' ? service.backends : service.backends.slice(0, SHOWN);
  const rows = shown.map(backendRow);
  const widths = [0, 1, 2].map((i) => Math.max(0, ...rows.map((row) => row[i]?.length ?? 0)));
  const more = service.backends.length - shown.length;
  return [
    '',
    palette.faint(titleOf(service)),
    ...rows.map((row) => `  ${row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join('  ')}`.trimEnd()),
    ...(rows.length === 0 && none !== '' ? [palette.faint(none)] : []),
    ...(more > 0 ? [palette.faint(`  and ${more} more, listed by -v`)] : []),
  ];
};
