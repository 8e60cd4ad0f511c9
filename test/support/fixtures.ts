import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadAll } from 'js-yaml';
import { plugins } from '../../src/plugins/index.ts';

const root = join(import.meta.dirname, '../../fixtures');

/** A cluster file that people read first, with the names to ask about. */
export type Fixture = {
  readonly name: string;
  readonly file: string;
  /** The part in the short form. */
  readonly short: unknown;
  readonly pods: readonly string[];
  readonly nodes: readonly string[];
};

const namesIn = (value: unknown, key: string): string[] => {
  const list: unknown = typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
  return Array.isArray(list) ? list.map((item) => String(Reflect.get(item, 'name'))) : [];
};

const isShort = (value: unknown): boolean => typeof value === 'object' && value !== null && !('apiVersion' in value);

const fixture = (plugin: string, scenario: string): Fixture => {
  const file = join(root, plugin, scenario, 'cluster.yaml');
  const short = loadAll(readFileSync(file, 'utf8')).find(isShort);
  return { name: `${plugin}/${scenario}`, file, short, pods: namesIn(short, 'pods'), nodes: namesIn(short, 'nodes') };
};

/** Every fixtures/<plugin>/<scenario>/cluster.yaml. */
export const fixtures: readonly Fixture[] = Object.keys(plugins).flatMap((plugin) =>
  readdirSync(join(root, plugin)).map((scenario) => fixture(plugin, scenario)),
);

/** Questions that every cluster can be asked: pods of one node and of two, nodes, the internet, an address that nobody has; large, dying, filtered. */
export const questionsOf = ({
  pods,
  nodes,
}: Fixture): { readonly from: string; readonly to: string; readonly size?: number; readonly ttl?: number; readonly port?: number }[] => {
  const [from = ''] = pods;
  const last = pods.at(-1)!;
  const others = [...pods.slice(1), ...nodes.map((node) => `node/${node}`), 'internet', '198.51.100.7'];
  return [
    ...others.map((to) => ({ from, to })),
    { from: `node/${nodes[0]}`, to: last },
    { from: 'internet', to: last },
    { from, to: last, size: 9000 },
    { from, to: last, size: 1490, port: 80 },
    { from, to: last, ttl: 2 },
    { from, to: from },
  ];
};
