import type { Cluster } from '../model/cluster.ts';
import type { Assumption, Problem } from '../model/place.ts';
import { assemble } from './assemble.ts';
import { findFiles, type InputFile, readInput } from './files.ts';
import { type Gathered, gather } from './gathered.ts';
import { infer } from './infer.ts';
import { isKubernetes, readKubernetes } from './kubectl.ts';
import { isMapping } from './read.ts';
import { readShort } from './short.ts';
import { clusterKeys } from './short-schema.ts';
import { readSource, type SourceDocument } from './source.ts';
import { readSysctls } from './sysctl.ts';
import { validate } from './validate.ts';

export type LoadInputs = {
  /** `-f` arguments: files, folders, `-`. None: the default files of the current folder. */
  readonly files: readonly string[];
  /** What `-` reads; default process.stdin. */
  readonly stdin?: AsyncIterable<Uint8Array | string>;
  /** A text instead of files, e.g. the built-in example. */
  readonly text?: { readonly name: string; readonly text: string };
  /** `--plugin NAME`: the same cluster under another plugin; settings of the file then do not apply. */
  readonly pluginOverride?: string;
  /** Folder that relative names start from; default the current one. */
  readonly cwd?: string;
};

export type Loaded = {
  /** Undefined where the input holds no cluster at all. With errors among `problems`, it is what could be read. */
  readonly cluster: Cluster | undefined;
  readonly assumptions: readonly Assumption[];
  readonly problems: readonly Problem[];
  /** The texts that were read, for code frames. */
  readonly sources: readonly { readonly name: string; readonly text: string }[];
};

/** Reads all inputs into one cluster. Never throws and never fails whole: what is wrong is a problem, what could be read is there. */
export const load = async (inputs: LoadInputs): Promise<Loaded> => {
  const gathered = gather();
  const sources = await readAll(inputs, gathered);
  const isEmpty = !gathered.hasShortForm && gathered.nodes.length === 0 && gathered.pods.length === 0;
  if (isEmpty)
    return { cluster: undefined, assumptions: [], problems: nothingFound(inputs, gathered, sources), sources };

  const assembled = assemble(
    gathered,
    sources.map(({ name }) => name),
  );
  const inferred = infer(assembled.cluster, gathered, inputs.pluginOverride);
  return {
    cluster: inferred.cluster,
    assumptions: [...assembled.assumptions, ...inferred.assumptions],
    problems: inInputOrder(
      [
        ...gathered.problems,
        ...assembled.problems,
        ...inferred.problems,
        ...validate(inferred.cluster, gathered, assembled.services),
      ],
      sources,
    ),
    sources,
  };
};

const readAll = async (inputs: LoadInputs, into: Gathered): Promise<Loaded['sources']> => {
  if (inputs.text) {
    await readTextInto(inputs.text.name, inputs.text.text, true, into);
    return [inputs.text];
  }
  const { files, problems } = await findFiles(inputs.files, inputs.cwd ?? process.cwd());
  into.problems.push(...problems);
  const sources: { name: string; text: string }[] = [];
  for (const file of files) {
    const read = await readInput(file, inputs.stdin ?? process.stdin);
    if (!('text' in read)) {
      into.problems.push(read);
      continue;
    }
    sources.push({ name: file.name, text: read.text });
    if (isSysctlListing(file)) into.sysctls.set(file.name.split(/[\\/]/).at(-1) ?? '', readSysctls(read.text));
    else await readTextInto(file.name, read.text, file.named, into);
  }
  return sources;
};

const isSysctlListing = ({ name }: InputFile): boolean =>
  /(^|[\\/])sysctl[\\/][^\\/]+$/.test(name) && !/\.(ya?ml|json)$/i.test(name);

const readTextInto = async (name: string, text: string, named: boolean, into: Gathered): Promise<void> => {
  const source = await readSource(name, text);
  into.problems.push(...source.problems);
  for (const document of source.documents) readDocument(document, named, into);
  if (named && source.documents.length === 0 && source.problems.length === 0) {
    into.problems.push({ severity: 'warning', code: 'EMPTY_FILE', message: `${name} is empty` });
  }
};

/** Files that a folder brought may be anything: only what is clearly a cluster is read there, and no word is said of the rest. */
const readDocument = (document: SourceDocument, named: boolean, into: Gathered): void => {
  const { value } = document;
  if (isKubernetes(value, document.file)) readKubernetes(document, into);
  else if (isMapping(value) && (named || looksShort(value))) readShort(document, into);
  else if (named) {
    const place = document.at([]);
    into.problems.push({
      severity: 'error',
      code: 'NOT_A_CLUSTER',
      message: 'this document is neither a cluster in the short form nor a Kubernetes object',
      ...(place ? { place } : {}),
      hint: `the short form has the keys ${clusterKeys.slice(1).join(', ')}`,
    });
  }
};

const looksShort = (value: Readonly<Record<string, unknown>>): boolean => {
  const keys = Object.keys(value);
  const known = keys.filter((key) => clusterKeys.includes(key));
  return 2 * known.length >= keys.length && known.some((key) => ['plugin', 'nodes', 'pods', 'subnets'].includes(key));
};

const nothingFound = (inputs: LoadInputs, { problems }: Gathered, sources: Loaded['sources']): readonly Problem[] => {
  if (problems.some(({ severity }) => severity === 'error')) return inInputOrder(problems, sources);
  const where = inputs.files.length > 0 ? inputs.files.join(', ') : 'this folder';
  return [
    ...problems,
    {
      severity: 'error',
      code: 'NO_INPUT',
      message: `no cluster in ${where}`,
      hint: 'name a file with -f: a cluster file, or the output of kubectl get nodes,pods -A -o yaml',
    },
  ];
};

/** Problems in reading order, so that the first message is the first mistake. */
const inInputOrder = (problems: readonly Problem[], sources: Loaded['sources']): readonly Problem[] => {
  if (problems.length < 2) return problems;
  const order = new Map(sources.map(({ name }, i) => [name, i]));
  const keyed = problems.map((problem) => ({
    problem,
    file: problem.place ? (order.get(problem.place.file) ?? -1) : -1,
    line: problem.place?.line ?? 0,
    column: problem.place?.column ?? 0,
  }));
  return keyed.sort((a, b) => a.file - b.file || a.line - b.line || a.column - b.column).map(({ problem }) => problem);
};
