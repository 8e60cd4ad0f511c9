import { flagValue } from './component.ts';
import type { Gathered } from './gathered.ts';
import { NODE_PORTS, type NodePortRange } from './validate-service-ports.ts';

/** The range of nodePorts: --service-node-port-range of an API server in the input (`80-60000`, `30000+100`), else its default. */
export const nodePortRange = ({ components }: Gathered): NodePortRange => {
  for (const component of components.values()) {
    const text = component.name.startsWith('kube-apiserver') && flagValue(component, '--service-node-port-range');
    const parts = text && /^(\d+)([-+])(\d+)$/.exec(text);
    if (!parts) continue;
    const [, first = '', sign, rest = ''] = parts;
    return { first: Number(first), last: sign === '+' ? Number(first) + Number(rest) : Number(rest) };
  }
  return NODE_PORTS;
};
