import { fileURLToPath } from 'node:url';
import type { World } from '../../src/fabric/world.ts';
import type { Kernel } from '../../src/lab/isolate.ts';
import { planLab } from '../../src/lab/plan.ts';
import type { Probe } from '../../src/lab/probe.ts';
import { type Listeners, type Observation, runLab } from '../../src/lab/run.ts';
import type { Outside } from '../../src/lab/script.ts';
import { showSeen } from '../../src/lab/show.ts';
import { ip, net } from './hand.ts';

export const TOOLS = fileURLToPath(new URL('tools', import.meta.url));

/** An ISP's router and a host behind it, with a way back to the nodes only. */
const OUTSIDE: Outside = {
  segment: 'wan',
  addresses: [
    { ip: ip('198.51.100.1'), len: 24 },
    { ip: ip('203.0.113.10'), len: 32 },
  ],
  gateways: [ip('198.51.100.2')],
  behind: [net('192.168.1.0/24')],
};

/** Installs a hand-made world and asks its kernel. */
export const observe = (
  tag: string,
  { world, ids }: { readonly world: World; readonly ids: readonly string[] },
  probes: readonly Probe[],
  { listeners = {}, kernel = 'host' }: { readonly listeners?: Listeners; readonly kernel?: Kernel } = {},
): Promise<readonly Observation[]> => runLab({ tag, kernel, tools: TOOLS, spec: { plan: planLab(world, ids, tag), outside: OUTSIDE }, probes, listeners });

/** What the captures of the named namespaces show, one tap a line. */
export const tapsOf = (observation: Observation | undefined, ...netns: readonly string[]): string =>
  netns.map((id) => [id, ...(observation?.seen ?? []).filter((seen) => seen.netns === id).map((seen) => `  ${showSeen(seen)}`)].join('\n')).join('\n');
