import { findEnd } from './ends.ts';
import type { NodeDoc } from './linux/document.ts';
import { describeNode } from './node.ts';
import { type PrepareInputs, prepare, type Refused } from './prepare.ts';

export type Shown =
  | { readonly ok: true; readonly doc: NodeDoc; readonly warnings: readonly { readonly message: string }[] }
  | Refused;

/** The state that the plugin leaves on a node; also of a pod's namespace, or of the router between the nodes. */
export const show = async (name: string, namespace: string, inputs: PrepareInputs): Promise<Shown> => {
  const prepared = await prepare(inputs);
  if (!prepared.ok) return prepared;
  const { plan, sources, warnings } = prepared;
  const direct = plan.cluster.nodes.some((node) => node.name === name) ? plan.world.netns(name) : undefined;
  const router = plan.world.fabric.gateway?.netns === name ? plan.world.netns(name) : undefined;
  if (direct ?? router)
    return { ok: true, doc: describeNode(direct ?? router!, direct && plan.files?.(name)), warnings };
  const found = findEnd({ plan, namespace }, name, 'to');
  const netns = 'end' in found ? plan.world.netns(found.end.netns) : undefined;
  if (netns) return { ok: true, doc: describeNode(netns), warnings };
  const problem =
    'problem' in found
      ? found.problem
      : ({ severity: 'error', code: 'UNKNOWN_NODE', message: `${name} is no node of this cluster` } as const);
  const why = problem.code.startsWith('UNSUPPORTED_') ? 'unsupported' : 'input';
  return { ok: false, why, problems: [problem], sources };
};
