import type { EtcdOptions, EtcdRead } from './load/etcd.ts';
import { type Loaded, type LoadInputs, load } from './load/index.ts';
import type { Cluster } from './model/cluster.ts';
import type { Assumption, Problem } from './model/place.ts';
import type { ProxyMode } from './model/service.ts';
import { nearest } from './model/suggest.ts';
import { plugins } from './plugins/index.ts';
import type { Plan, Plugin, Store, StoreRequest } from './plugins/plugin.ts';
import type { ServicesPlan } from './services/index.ts';

/** `--etcd` and its companions, which stand in for the `etcd:` of flannel's settings. */
export type EtcdFlags = Omit<Partial<StoreRequest>, 'kind'>;

export type PrepareInputs = LoadInputs & {
  readonly etcd?: EtcdFlags;
  /** `--proxy`: another mode of kube-proxy than the input has. */
  readonly proxy?: ProxyMode;
  /** How a store is read; default the real etcd. */
  readonly read?: (options: EtcdOptions) => Promise<EtcdRead>;
};

/** Why there is no answer: a mistake in the input, or something that this version cannot do. */
export type Refused = {
  readonly ok: false;
  readonly why: 'input' | 'unsupported';
  readonly problems: readonly Problem[];
  readonly sources: Loaded['sources'];
};

export type Prepared = {
  readonly ok: true;
  readonly plugin: Plugin;
  readonly plan: Plan;
  /** Where the cluster has Services, or says something of kube-proxy; `plan.world` then has them. */
  readonly services?: ServicesPlan;
  readonly assumptions: readonly Assumption[];
  /** What is odd, but does not keep from answering. */
  readonly warnings: readonly Problem[];
  readonly sources: Loaded['sources'];
};

/** Plugins that people use and that this version does not model: a question about them is no mistake. */
const OTHERS = [
  'antrea',
  'aws-vpc-cni',
  'canal',
  'cilium',
  'kindnet',
  'kube-ovn',
  'kube-router',
  'nsx',
  'ovn-kubernetes',
  'romana',
] as const;

const findPlugin = async (name: string): Promise<Plugin | undefined> => {
  for (const [key, make] of Object.entries(plugins)) if (key === name) return (await make()).default;
  for (const make of Object.values(plugins)) {
    const { default: plugin } = await make();
    if (plugin.aliases.includes(name)) return plugin;
  }
  return undefined;
};

const strangePlugin = ({ plugin }: Cluster): { readonly why: Refused['why']; readonly problem: Problem } => {
  const { name, place } = plugin;
  const known = Object.keys(plugins);
  const at = { severity: 'error', ...(place && { place }) } as const;
  if (OTHERS.some((other) => other === name))
    return {
      why: 'unsupported',
      problem: {
        ...at,
        code: 'UNSUPPORTED_PLUGIN',
        message: `plugin ${name} is not modelled yet`,
        hint: `modelled: ${known.join(', ')}; --plugin asks the same of another one`,
      },
    };
  const guess = nearest(name, [...known, ...OTHERS]);
  return {
    why: 'input',
    problem: {
      ...at,
      code: 'UNKNOWN_PLUGIN',
      message: `there is no plugin ${name}`,
      hint: guess === undefined ? `modelled: ${known.join(', ')}` : `did you mean ${guess}?`,
    },
  };
};

// The flags say the same as `etcd:` in the file, so that the plugin itself fills in what neither states.
const withEtcd = (cluster: Cluster, flags: EtcdFlags | undefined): Cluster => {
  if (!flags) return cluster;
  const { settings } = cluster.plugin;
  const stated = settings['etcd'];
  const etcd = { ...(typeof stated === 'object' ? stated : {}), ...flags };
  return { ...cluster, plugin: { ...cluster.plugin, settings: { ...settings, subnetManager: 'etcd', etcd } } };
};

const readStore = async (
  request: StoreRequest | undefined,
  reader: PrepareInputs['read'],
): Promise<Store | Problem | undefined> => {
  if (!request) return undefined;
  const { kind, ...options } = request;
  // Few clusters name a store, and what talks to one takes long to load.
  const read = reader ?? (await import('./load/etcd.ts')).readEtcd;
  const answer = await read(options);
  if (!answer.ok) return { severity: 'error', code: 'STORE_UNREADABLE', message: answer.message, hint: answer.hint };
  return { name: kind, endpoint: answer.endpoint, kvs: answer.kvs };
};

// Most of what Services need is code that a cluster without them need not load.
const servicesOf = async ({ cluster, world }: Plan, mode: ProxyMode | undefined): Promise<ServicesPlan | undefined> => {
  if (cluster.services.length === 0 && !cluster.proxy) return undefined;
  const { planServices } = await import('./services/index.ts');
  return planServices(cluster, world, mode);
};

const isError = ({ severity }: Problem): boolean => severity === 'error';
const whyOf = (problems: readonly Problem[]): Refused['why'] =>
  problems.filter(isError).every(({ code }) => /(^|_)UNSUPPORTED($|_)/.test(code)) ? 'unsupported' : 'input';

// As someone reads the file from top to bottom; what has no place comes last, files stay in their order.
const inInputOrder = (problems: readonly Problem[]): readonly Problem[] => {
  const files = [...new Set(problems.map(({ place }) => place?.file))];
  const rank = ({ place }: Problem) => (place ? files.indexOf(place.file) : files.length);
  return problems.toSorted(
    (a, b) =>
      rank(a) - rank(b) || (a.place && b.place ? a.place.line - b.place.line || a.place.column - b.place.column : 0),
  );
};

/** Reads the input and lets the plugin plan the cluster: all that must be known before a packet can be sent or a node shown. */
export const prepare = async (inputs: PrepareInputs): Promise<Prepared | Refused> => {
  const loaded = await load(inputs);
  const { sources, problems } = loaded;
  const refuse = (found: readonly Problem[], why = whyOf(found)): Refused => ({
    ok: false,
    why,
    problems: inInputOrder([...problems, ...found]),
    sources,
  });
  if (!loaded.cluster) return { ok: false, why: 'input', problems, sources };
  const cluster = withEtcd(loaded.cluster, inputs.etcd);
  const plugin = await findPlugin(cluster.plugin.name);
  const broken = problems.some(isError);
  if (!plugin) {
    const { why, problem } = strangePlugin(cluster);
    return refuse([problem], broken ? 'input' : why);
  }
  const checked = plugin.check(cluster);
  // All mistakes at once: those of the settings beside those of the rest.
  if (broken || checked.some(isError)) return refuse(checked, broken ? 'input' : whyOf(checked));
  const store = await readStore(plugin.store(cluster), inputs.read);
  if (store && 'severity' in store) return refuse([store]);
  const plan = plugin.plan(cluster, store);
  // A plugin may say the same at both times.
  const said = [...checked, ...plan.problems];
  const planned = [...new Map(said.map((p) => [`${p.code} ${p.message}`, p])).values()];
  if (planned.some(isError)) return refuse(planned);
  const services = await servicesOf(plan, inputs.proxy);
  const beside = services?.problems ?? [];
  if (beside.some(isError)) return refuse(beside);
  return {
    ok: true,
    plugin,
    plan: services ? { ...plan, world: services.world } : plan,
    ...(services && { services }),
    assumptions: [...loaded.assumptions, ...plan.assumptions],
    warnings: [...problems, ...planned, ...beside],
    sources,
  };
};
