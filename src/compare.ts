import type { EndDoc, ReasonDoc, TraceDoc } from './explain/document.ts';
import { replayed } from './load/replay.ts';
import { plugins } from './plugins/index.ts';
import type { PrepareInputs, Refused } from './prepare.ts';
import type { TraceQuestion } from './question.ts';
import { trace } from './trace.ts';

/** The answer under one plugin; `refused` where it cannot be asked of it. */
export type CompareRow = {
  plugin: string;
  mode: string;
  proxy: string;
  result: TraceDoc['result'] | 'refused';
  /** As `path` of a trace. */
  path: string[];
  sourceSeen?: string;
  /** Bytes that tunnels add to the packet, the most at one time. */
  overhead: number;
  ttl?: number;
  pathMtu?: number;
  nat: TraceDoc['summary']['nat'];
  reason?: Pick<ReasonDoc, 'code' | 'summary'>;
};

/** The same question under every plugin: `k8snet/compare/v1`. */
export type CompareDoc = {
  schema: 'k8snet/compare/v1';
  tool: { name: 'k8snet'; version: string };
  /** Absent where none could be asked. */
  question?: { from: EndDoc; to: EndDoc; packet: TraceDoc['question']['packet'] };
  /** That of the trace where all plugins agree, else partial; unknown where none could be asked. */
  result: TraceDoc['result'];
  rows: CompareRow[];
};

export type Compared = { readonly ok: true; readonly doc: CompareDoc } | Refused;

const rowOf = (plugin: string, doc: TraceDoc): CompareRow => {
  const { summary, cluster, result } = doc;
  const { reason } = summary;
  return {
    plugin,
    mode: cluster.mode,
    proxy: cluster.proxy,
    result,
    path: summary.path,
    ...(summary.sourceSeen !== undefined && { sourceSeen: summary.sourceSeen }),
    overhead: Math.max(0, ...summary.encapsulation.map(({ overhead }) => overhead)),
    ...(summary.ttlAtDestination !== undefined && { ttl: summary.ttlAtDestination }),
    ...(summary.pathMtu !== undefined && { pathMtu: summary.pathMtu }),
    nat: summary.nat,
    ...(reason && { reason: { code: reason.code, summary: reason.summary } }),
  };
};

const refusal = (plugin: string, { problems }: Refused): CompareRow => {
  const problem = problems.find(({ severity }) => severity === 'error');
  const reason = { code: problem?.code ?? 'UNKNOWN', summary: problem?.message ?? '' };
  return { plugin, mode: '', proxy: '', result: 'refused', path: [], overhead: 0, nat: [], reason };
};

const overall = (rows: readonly CompareRow[]): TraceDoc['result'] => {
  const results = new Set(rows.flatMap(({ result }) => (result === 'refused' ? [] : [result])));
  const [only] = results;
  return only === undefined ? 'unknown' : results.size === 1 ? only : 'partial';
};

/** Asks a question under every plugin there is. The settings of the file count for the plugin that it names, the defaults for others. */
export const compare = async (question: TraceQuestion, inputs: PrepareInputs): Promise<Compared> => {
  const stdin = replayed(inputs.stdin);
  const rows: CompareRow[] = [];
  let asked: CompareDoc['question'];
  let refused: Refused | undefined;
  for (const plugin of Object.keys(plugins)) {
    const traced = await trace(question, { ...inputs, pluginOverride: plugin, stdin });
    if (traced.ok) {
      const { from, to, packet } = traced.doc.question;
      asked ??= { from, to, packet };
      rows.push(rowOf(plugin, traced.doc));
    } else {
      refused ??= traced;
      rows.push(refusal(plugin, traced));
    }
  }
  // What none of them can be asked is a mistake in the question or the file.
  if (!asked && refused) return refused;
  return {
    ok: true,
    doc: {
      schema: 'k8snet/compare/v1',
      tool: { name: 'k8snet', version: __VERSION__ },
      ...(asked && { question: asked }),
      result: overall(rows),
      rows,
    },
  };
};
